/** The lock file: for every platform, and from no registry in particular. */
import { expect, test } from "@playwright/test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { missingOptional, platformOf } from "../../scripts/lock.mjs";
import { ROOT } from "../../scripts/sources.mjs";

type Entry = { resolved?: string; optionalDependencies?: Record<string, string> };
const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
  packages: Record<string, Entry>;
};

test("the lock file names no registry", () => {
  expect(Object.keys(packages).filter((name) => packages[name]?.resolved)).toEqual([]);
});

test("the lock file has every optional package, whichever platform it is for", () => {
  expect(missingOptional(packages)).toEqual([]);
});

test("an optional package that is not locked is found", () => {
  expect(missingOptional({ "node_modules/a": { optionalDependencies: { "b-linux-x64": "1.0.0" } } })).toEqual(
    [{ name: "b-linux-x64", version: "1.0.0", from: "node_modules/a" }],
  );
});

test("a package locked beneath the one that asks for it is not missing", () => {
  const nested = {
    "node_modules/a": { optionalDependencies: { b: "1.0.0" } },
    "node_modules/a/node_modules/b": {},
  };
  expect(missingOptional(nested)).toEqual([]);
});

const PLATFORMS: [string, object][] = [
  ["@next/swc-darwin-arm64", { os: ["darwin"], cpu: ["arm64"] }],
  ["@next/swc-win32-x64-msvc", { os: ["win32"], cpu: ["x64"] }],
  ["@unrs/resolver-binding-linux-s390x-gnu", { os: ["linux"], cpu: ["s390x"], libc: ["glibc"] }],
  ["@unrs/resolver-binding-linux-riscv64-musl", { os: ["linux"], cpu: ["riscv64"], libc: ["musl"] }],
  ["@tailwindcss/oxide-wasm32-wasi", { cpu: ["wasm32"] }],
];

for (const [name, platform] of PLATFORMS) {
  test(`${name} is for ${JSON.stringify(platform)}`, () => {
    expect(platformOf(name)).toEqual(platform);
  });
}
