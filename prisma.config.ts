// Where the Prisma command line finds the schema; the app itself connects through lib/db.
import { defineConfig } from "prisma/config";

const url = process.env.DATABASE_URL ?? "file:./data/halfstate.db";
const database = url.startsWith("file:") ? "sqlite" : "postgres";

export default defineConfig({
  schema: `prisma/${database}`,
  migrations: { path: `prisma/migrations-${database}` },
  datasource: { url },
});
