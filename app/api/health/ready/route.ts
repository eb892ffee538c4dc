/** Whether requests should be sent here: the database answers, revocations are heard, and the server is not leaving. */
import { readiness } from "@/lib/accounts/readiness";
import { answering } from "@/lib/http/exchange";
import { methods } from "@/lib/http/methods";
import { isLeaving } from "@/lib/http/shutdown";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: (request) =>
    answering(request, async ({ now }) => {
      const report = await readiness(now, isLeaving());
      const headers = report.status === "ok" ? undefined : { "retry-after": "5" };
      return Response.json(report, { status: report.status === "ok" ? 200 : 503, headers });
    }),
});
