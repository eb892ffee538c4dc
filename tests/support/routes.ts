/** The routes of http-contract.md section 3, as tables for tests to walk. */
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";

type Method = "GET" | "POST" | "PATCH" | "DELETE";

export type Route = {
  /** As the folder below app/ is called. */
  folder: string;
  path: string;
  methods: Method[];
  /** Whether each of its methods needs a caller. */
  needsCaller: boolean;
};

const row = (folder: string, methods: Method[], needsCaller = false): Route => ({
  folder,
  path: `/${folder.replace("[id]", "no-such-id")}`,
  methods,
  needsCaller,
});

const CONTRACT: Route[] = [
  row("api/auth/signup", ["POST"]),
  row("api/auth/login", ["POST"]),
  row("api/auth/refresh", ["GET", "POST"]),
  row("api/auth/logout", ["POST"]),
  row("api/auth/logout-all", ["POST"], true),
  row("api/auth/sessions", ["GET"], true),
  row("api/auth/sessions/[id]", ["POST", "DELETE"], true),
  row("api/auth/mode", ["POST"], true),
  row("api/auth/password", ["POST"], true),
  row("api/me", ["GET", "POST", "PATCH", "DELETE"], true),
  row("api/me/events", ["GET"], true),
  row("api/admin/users", ["GET"], true),
  row("api/admin/users/[id]", ["POST", "PATCH", "DELETE"], true),
  row("api/admin/users/[id]/sessions", ["POST", "DELETE"], true),
  row("api/admin/events", ["GET"], true),
  row(".well-known/jwks.json", ["GET"]),
  row("api/openapi.json", ["GET"]),
  row("api/health/live", ["GET"]),
  row("api/health/ready", ["GET"]),
  row("metrics", ["GET"]),
];

const APP = path.resolve(import.meta.dirname, "../../app");

/** The rows that are built. */
export const ROUTES = CONTRACT.filter(({ folder }) => existsSync(path.join(APP, folder, "route.ts")));

/** Handlers that no row tells of; the catch-all that answers 404 is not a route, and the Lab's have a test of their own (lab.spec.ts). */
export function routesBesideTheContract(): string[] {
  const known = new Set(CONTRACT.map(({ folder }) => folder));
  return readdirSync(APP, { recursive: true, encoding: "utf8" })
    .filter((file) => path.basename(file) === "route.ts")
    .map((file) => path.dirname(file))
    .filter((folder) => !known.has(folder) && !folder.includes("[[...") && !folder.startsWith("api/lab/"));
}

export type Call = { method: Method; path: string; json?: Record<string, unknown> };

/** A body that is right for the route, so that nothing but the credential can be what is refused. */
const BODIES: Record<string, Record<string, unknown>> = {
  "/api/auth/mode": { mode: "jwt" },
  "/api/auth/password": { currentPassword: "rusty lantern 1843", newPassword: "rusty lantern 1844" },
  "PATCH /api/me": { name: "Mallory" },
  "DELETE /api/me": { password: "rusty lantern 1843" },
};

/** Every call that needs a caller. A form's POST stands beside the method it stands in for, and is checked with the forms. */
export const CALLS_THAT_NEED_A_CALLER: Call[] = ROUTES.filter(({ needsCaller }) => needsCaller).flatMap(
  ({ path, methods }) =>
    methods
      .filter((method) => method !== "POST" || !methods.includes("DELETE"))
      .map((method) => ({
        method,
        path,
        json: method === "GET" ? undefined : (BODIES[path] ?? BODIES[`${method} ${path}`] ?? {}),
      })),
);

export const nameOf = ({ method, path }: Call) => `${method} ${path}`;
