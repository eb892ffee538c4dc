// Serves a built app with the environment alone: applies migrations, then starts the standalone server beside it.
import { createServer } from "node:net";
import path from "node:path";
import { deploy } from "./migrate.mjs";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19))
  halt(`This is Node ${process.versions.node}; Halfstate needs 20.19 or newer.`);

// This file lies in <built folder>/scripts.
const root = path.resolve(import.meta.dirname, "..");
const port = process.env.PORT ?? "3000";
const host = process.env.HOST ?? "127.0.0.1";

// The server changes into its own folder, so a relative path is fixed to where this was started first.
const databaseUrl = process.env.DATABASE_URL ?? "file:./data/halfstate.db";
process.env.DATABASE_URL = databaseUrl.startsWith("file:")
  ? `file:${path.resolve(databaseUrl.slice("file:".length))}`
  : databaseUrl;
process.env.PORT = port;
// Next listens where HOSTNAME says, which many machines set to their own name.
process.env.HOSTNAME = host;
process.env.NODE_ENV = "production";
process.env.NEXT_TELEMETRY_DISABLED = "1";

await portIsFree().catch((error) =>
  halt(
    error.code === "EADDRINUSE"
      ? `Port ${port} is taken. Stop what listens there, or set PORT to another.`
      : `Cannot listen on ${host}:${port}: ${error.message}`,
  ),
);
try {
  await deploy({ databaseUrl: process.env.DATABASE_URL, root });
} catch (error) {
  halt(
    `The database ${process.env.DATABASE_URL} could not be brought up to date: ${error.message}\n` +
      "Check that its folder exists and can be written to, and that DATABASE_URL is right.",
  );
}
await import("../server.js");

function portIsFree() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(Number(port), host, () => probe.close(resolve));
  });
}

function halt(message) {
  console.error(message);
  process.exit(1);
}
