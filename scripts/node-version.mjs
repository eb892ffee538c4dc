// Ends the process with a plain sentence when this Node.js is older than package.json allows; imported first, before anything can trip.
import { readFileSync } from "node:fs";

const wanted = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).engines.node;
const [major, minor] = wanted.replace(/^>=/, "").split(".").map(Number);
const [runningMajor, runningMinor] = process.versions.node.split(".").map(Number);

if (runningMajor < major || (runningMajor === major && runningMinor < minor)) {
  console.error(
    `Halfstate needs Node.js ${major}.${minor} or newer; this is ${process.versions.node}. Install a current one from https://nodejs.org.`,
  );
  process.exit(1);
}
