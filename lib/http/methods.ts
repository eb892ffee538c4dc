/** The complete set of method handlers of one path: those it has, 405 for the rest, and the CORS preflight. */
import { failure } from "@/lib/core/failure";
import { answering } from "./exchange";
import { problemResponse } from "./respond";
import type { Handler } from "./route";
import { allowedCorsOrigin } from "./same-origin";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
type Method = (typeof METHODS)[number];

/** For a path that is nothing. */
export const nothingHere: Handler = (request) =>
  answering(request, async (exchange) => problemResponse(failure("not_found"), exchange));

/** Export what it returns from a route file. HEAD is Next's, made from GET. */
export function methods(own: Partial<Record<Method, Handler>>): Record<Method | "OPTIONS", Handler> {
  const allowed = ["OPTIONS", ...(own.GET ? ["HEAD"] : []), ...METHODS.filter((method) => own[method])].join(
    ", ",
  );

  const refuse: Handler = (request) =>
    answering(request, async ({ requestId }) => {
      const response = problemResponse(failure("method_not_allowed"), { requestId });
      response.headers.set("allow", allowed);
      return response;
    });

  const preflight: Handler = (request) =>
    answering(request, async () => {
      const response = new Response(null, { status: 204, headers: { allow: allowed } });
      // Origins in CORS_ORIGINS only, and never with credentials: there is no access-control-allow-credentials.
      if (allowedCorsOrigin(request.headers)) {
        response.headers.set("access-control-allow-methods", allowed);
        response.headers.set("access-control-allow-headers", "authorization, content-type");
        response.headers.set("access-control-max-age", "600");
      }
      return response;
    });

  return {
    GET: own.GET ?? refuse,
    POST: own.POST ?? refuse,
    PUT: own.PUT ?? refuse,
    PATCH: own.PATCH ?? refuse,
    DELETE: own.DELETE ?? refuse,
    OPTIONS: preflight,
  };
}
