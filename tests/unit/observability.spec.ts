// What is documented, drawn and watched is what is really exposed, and the other way round.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@playwright/test";
import { routePattern } from "@/lib/http/route-pattern";
import { catalogue, counted, exposition, timed } from "@/lib/trace/metrics";

const ROOT = path.resolve(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(path.join(ROOT, file), "utf8");
const LEVELS = {
  hashQueueDepth: 1,
  hashesRunning: 2,
  feedLagSeconds: 0.2,
  feedIsSilent: false,
  version: "0.0.0",
};

/** Every series name that a scrape could bring. */
async function exposed(): Promise<Set<string>> {
  const { text } = await exposition(LEVELS);
  const families = [...text.matchAll(/^# TYPE (\S+) (\w+)$/gm)];
  return new Set(
    families.flatMap(([, name = "", type]) =>
      type === "histogram" ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
}

/** Names in PromQL: whatever begins like a metric of ours or of the default ones. */
const namesIn = (text: string) => new Set(text.match(/\b(?:halfstate|nodejs|process)_\w+/g));

test("every metric has a name that tells its unit, and labels that are few", () => {
  for (const { name, type, labels } of catalogue()) {
    expect(name).toMatch(/^halfstate_[a-z_]+$/);
    if (type === "counter") expect(name).toMatch(/_total$/);
    if (type === "histogram") expect(name).toMatch(/_seconds$/);
    expect(labels.length, name).toBeLessThanOrEqual(3);
    // What a person, a device or an address could be told by.
    for (const label of labels)
      expect(label, name).not.toMatch(/email|user|account|session|ip|address|path|url|id$/);
  }
  expect(catalogue().length).toBeGreaterThan(15);
});

test("docs/observability.md tells of every metric with its kind and labels, and of no other", () => {
  const rows = [
    ...read("docs/observability.md").matchAll(/^\| `(halfstate_\w+)` +\| (\w+) +\| ([^|]*?) +\|/gm),
  ];
  const documented = rows.map(([, name, type, labels]) => ({
    name,
    type,
    labels: (labels ?? "").match(/\w+/g) ?? [],
  }));
  const byName = (one: { name?: string }, other: { name?: string }) => (one.name! < other.name! ? -1 : 1);
  expect(documented.sort(byName)).toEqual(catalogue().sort(byName));
});

for (const file of ["deploy/grafana-dashboard.json", "deploy/alerts.yml"]) {
  test(`${file} asks only for what is exposed`, async () => {
    const known = await exposed();
    const names = namesIn(read(file));
    expect([...names].filter((name) => !known.has(name))).toEqual([]);
    expect(names.size).toBeGreaterThan(3);
  });

  test(`${file} asks only for labels and their words that there are`, () => {
    const text = read(file);
    for (const { name, labels } of catalogue()) {
      const selectors = [...text.matchAll(new RegExp(`${name}(?:_bucket|_sum|_count)?\\{([^}]*)\\}`, "g"))];
      const used = selectors.flatMap(([, inside = ""]) => [...inside.matchAll(/(\w+) ?(?:=~|!=|!~|=)/g)]);
      for (const [, label] of used) expect([...labels, "instance", "job", "le"], name).toContain(label);
    }
  });
}

test("the dashboard can be imported: panels in rows, each with a question to a data source that is chosen there", () => {
  const dashboard = JSON.parse(read("deploy/grafana-dashboard.json")) as {
    uid: string;
    panels: {
      id: number;
      type: string;
      title: string;
      datasource?: { uid: string };
      gridPos: { x: number; y: number; w: number; h: number };
      targets?: { expr: string }[];
    }[];
    templating: { list: { name: string; type: string }[] };
  };
  expect(dashboard.templating.list[0]).toMatchObject({ name: "datasource", type: "datasource" });
  const graphs = dashboard.panels.filter(({ type }) => type !== "row");
  expect(graphs.length).toBeGreaterThanOrEqual(12);
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  for (const { title, datasource, targets, gridPos } of graphs) {
    expect(datasource?.uid, title).toBe("${datasource}");
    expect(targets?.length, title).toBeGreaterThan(0);
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
  }
  // Two that lie on each other would hide one.
  const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
});

test("what is counted is exposed, histograms in cumulative buckets", async () => {
  counted.logIn("jwt", "ok");
  counted.refusal("/api/me", "token_expired");
  timed.authentication("session", "ok", 0.0003);
  timed.hash("compare", 0.002, 0.07);
  const { contentType, text } = await exposition(LEVELS);
  expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/);
  for (const line of [
    'halfstate_log_ins_total{mode="jwt",result="ok"} 1',
    'halfstate_refusals_total{route="/api/me",code="token_expired"} 1',
    'halfstate_authentication_duration_seconds_bucket{le="0.00025",strategy="session",result="ok"} 0',
    'halfstate_authentication_duration_seconds_bucket{le="0.0005",strategy="session",result="ok"} 1',
    'halfstate_authentication_duration_seconds_bucket{le="+Inf",strategy="session",result="ok"} 1',
    'halfstate_hash_duration_seconds_count{kind="compare"} 1',
    'halfstate_refreshes_total{result="refresh_reused"} 0',
    "halfstate_hash_queue_depth 1",
    "halfstate_hash_running 2",
    "halfstate_revocation_feed_lag_seconds 0.2",
    "halfstate_revocation_feed_silent 0",
    `halfstate_build_info{version="0.0.0",node="${process.version}"} 1`,
  ])
    expect(text.split("\n")).toContain(line);
  expect(text).toContain("nodejs_eventloop_lag_seconds");
});

test("every route and page has a pattern, and there are no others", () => {
  const folders = readdirSync(path.join(ROOT, "app"), { recursive: true, encoding: "utf8" })
    .filter((file) => /^(?:route\.ts|page\.tsx)$/.test(path.basename(file)))
    .map((file) => path.dirname(file).replace(/^\.$/, "").replaceAll(path.sep, "/"));
  expect(folders.length).toBeGreaterThan(40);
  for (const folder of folders) {
    const asked = `/${folder}`
      .replace("[id]", "0199-abc")
      .replace("[slug]", "tokens")
      .replace("[[...path]]", "a/b.ts");
    expect(routePattern(`${asked}?next=/dashboard`), asked).toBe(`/${folder}`);
  }
  const source = read("lib/http/route-pattern.ts");
  const spelled = [...source.matchAll(/"(\/[^"]*)"/g)].map(([, pattern]) => pattern!);
  expect(spelled.filter((pattern) => !folders.includes(pattern.slice(1)))).toEqual([
    "/favicon.ico",
    "/icon.svg",
    "/_next",
  ]);
});

test("no address makes a new word", () => {
  for (const address of [
    "",
    "*",
    "//",
    "/wp-login.php",
    "/metrics/x",
    "/settings/ada@example.com",
    "/dashboard/",
    "/learn/a/b",
    "/admin/users/1/2",
    "http://evil.example/",
  ])
    expect(routePattern(address), address).toBe("other");
  for (const [address, pattern] of [
    ["/api/auth/sessions/secret-id?x=1", "/api/auth/sessions/[id]"],
    ["/api/admin/users/1/sessions", "/api/admin/users/[id]/sessions"],
    ["/api/admin/users/1/2/3", "/api/[[...path]]"],
    ["/api", "/api/[[...path]]"],
    ["/_next/static/chunks/a.js", "/_next"],
    ["/learn/source/lib/http/route.ts", "/learn/source/[[...path]]"],
  ] as const)
    expect(routePattern(address)).toBe(pattern);
});
