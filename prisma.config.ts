// Where the Prisma command line finds the schema; the app itself connects through lib/db.
import { defineConfig } from "prisma/config";

export default defineConfig({
  schema: "prisma/sqlite",
  migrations: { path: "prisma/migrations-sqlite" },
  datasource: { url: process.env.DATABASE_URL ?? "file:./data/halfstate.db" },
});
