// The app's own reader of the environment (lib/core/env.ts) for plain Node.js, so that scripts and app cannot disagree.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { ROOT } from "./sources.mjs";
import { step, StepError } from "./steps.mjs";

/** lib/core/env.ts as JavaScript. It imports nothing, so one file is all there is to translate. */
export function environmentModule() {
  const ts = createRequire(import.meta.url)("typescript");
  const source = readFileSync(join(ROOT, "lib", "core", "env.ts"), "utf8");
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  return ts.transpileModule(source, { compilerOptions }).outputText;
}

/** Names every problem of the environment before the minutes of a build. */
export const checkEnvironment = () =>
  step("environment", async () => {
    const { parseEnv } = await import(`data:text/javascript,${encodeURIComponent(environmentModule())}`);
    try {
      parseEnv(process.env);
    } catch (error) {
      throw error?.name === "EnvError" ? new StepError(error.message) : error;
    }
    return "valid";
  });
