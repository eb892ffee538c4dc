/** Our histogram against the library's own. */
import { expect, test } from "@playwright/test";
import { Histogram, Registry } from "prom-client";
import { Durations } from "@/lib/trace/durations";

const BUCKETS = [0.001, 0.01, 0.1];
const OBSERVED: [number, string, string][] = [
  [0, "GET", "2xx"],
  [0.001, "GET", "2xx"],
  [0.00100001, "GET", "2xx"],
  [0.1, "GET", "2xx"],
  [5, "GET", "2xx"],
  [0.05, "GET", "4xx"],
  [0.05, "POST", "2xx"],
];

test("a scrape reads as of the library's own histogram, on and beyond every bound", async () => {
  const [own, library] = [new Registry(), new Registry()];
  const durations = new Durations(own, "it_seconds", "How long it took.", ["method", "status"], BUCKETS);
  const histogram = new Histogram({
    name: "it_seconds",
    help: "How long it took.",
    labelNames: ["method", "status"],
    buckets: BUCKETS,
    registers: [library],
  });
  expect(await own.metrics(), "before the first").toBe(await library.metrics());
  for (const [seconds, method, status] of OBSERVED) {
    durations.observe(seconds, method, status);
    histogram.observe({ method, status }, seconds);
  }
  expect(await own.metrics()).toBe(await library.metrics());
  expect(await own.metrics()).toContain('it_seconds_bucket{le="0.01",method="GET",status="2xx"} 3');
});
