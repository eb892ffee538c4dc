/** Another process that holds the write lock of a database. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

export async function lockForWriting(databaseUrl: string): Promise<{ release(): Promise<void> }> {
  const script = `
    import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
    const connection = await new PrismaBetterSqlite3({ url: process.argv[1] }).connect();
    await connection.executeScript("BEGIN IMMEDIATE");
    console.log("locked");
    process.stdin.once("data", () => process.exit(0));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, databaseUrl], {
    cwd: path.resolve(import.meta.dirname, "../.."),
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return {
    async release() {
      child.stdin.write("release\n");
      await once(child, "exit");
    },
  };
}
