// From a fresh clone to a running app in one command (`npm start`); imports no package before they are installed.
import "./node-version.mjs";
import { generateClient, installPackages, loadSecrets, requireFreePort } from "./prepare.mjs";
import { command, step } from "./steps.mjs";

const HELP = `Usage: npm start

Installs the packages, writes fresh secrets to .env.local, builds and serves Halfstate. What is there already is kept:
a second start takes seconds. Variables, all listed in .env.example, come from the environment or from .env.local:

  PORT=4000 npm start              listen on another port (3000)
  HOST=0.0.0.0 npm start           listen beyond this machine (127.0.0.1)
  DATABASE_URL=file:./my.db ...    keep the data elsewhere (file:./data/halfstate.db), or in PostgreSQL:
                                   postgresql://user:password@host:5432/name
`;

if (process.argv.includes("--help")) {
  console.log(HELP);
} else {
  await command(async () => {
    await requireFreePort();
    await installPackages();
    await generateClient();
    await loadSecrets();
    // Not before the packages are there.
    const { checkEnvironment } = await import("./environment.mjs");
    await checkEnvironment();
    const { buildIfNeeded } = await import("./build.mjs");
    await buildIfNeeded();
    const { explain, listen, prepare } = await import("../.next/standalone/scripts/serve.mjs");
    try {
      let prepared;
      await step("database", async () => {
        prepared = await prepare();
        return prepared.applied.length > 0 ? `applied ${prepared.applied.join(", ")}` : "up to date";
      });
      await listen(prepared);
      console.log(next(prepared.appUrl));
    } catch (error) {
      console.error(explain(error));
      process.exit(1);
    }
  });
}

function next(url) {
  return `
Halfstate is running at ${url}

  Sign up         ${url}/signup
  Switch          ${url}/settings#mode, then look at ${url}/dashboard again
  Watch it work   ${url}/lab
  As a client     the curl examples in README.md
  Stop            Ctrl+C
`;
}
