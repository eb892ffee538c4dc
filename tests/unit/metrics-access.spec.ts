// Who may read /metrics: refused first.
import { expect, test } from "@playwright/test";
import { mayRead } from "@/lib/http/metrics";
import { useEnvironment } from "./environment";

const TOKEN = "metrics-token-of-the-unit-tests-0123456789";
const local = { "x-halfstate-peer": "127.0.0.1", host: "localhost:3000" };
const asked = (headers: Record<string, string>) => {
  const result = mayRead(new Headers(headers));
  return result.ok ? "ok" : result.failure.code;
};

test("without METRICS_TOKEN there is nothing here for anybody but programs on this machine", () => {
  useEnvironment();
  expect(asked({})).toBe("not_found");
  expect(asked({ ...local, "x-halfstate-peer": "203.0.113.9" })).toBe("not_found");
  expect(asked({ ...local, "x-halfstate-proxied": "1" })).toBe("not_found");
  expect(asked({ authorization: "Bearer " })).toBe("not_found");
  expect(asked(local)).toBe("ok");
});

test("with METRICS_TOKEN it alone counts, on this machine too", () => {
  useEnvironment({ METRICS_TOKEN: TOKEN });
  const without: Record<string, string>[] = [
    {},
    local,
    { authorization: TOKEN },
    { authorization: `Basic ${TOKEN}` },
  ];
  for (const headers of without) expect(asked(headers), JSON.stringify(headers)).toBe("unauthenticated");
  for (const other of [TOKEN.slice(0, -1), `${TOKEN}0`, TOKEN.toUpperCase(), "null", "undefined"])
    expect(asked({ ...local, authorization: `Bearer ${other}` }), other).toBe("credential_invalid");
  expect(asked({ authorization: `Bearer ${TOKEN}` })).toBe("ok");
  expect(asked({ authorization: `bearer ${TOKEN}`, "x-halfstate-proxied": "1" })).toBe("ok");
});
