import type { NextConfig } from "next";
import { CITED } from "./app/learn/_sources/cited";

const config: NextConfig = {
  output: "standalone",
  poweredByHeader: false,
  productionBrowserSourceMaps: false,
  images: { unoptimized: true },
  // The hashing worker is started from its file, and scripts/migrate.mjs loads the schema engine and the drivers from their packages:
  // tracing cannot see any of them.
  outputFileTracingIncludes: {
    "/*": [
      "./lib/auth/password/worker.mjs",
      "./lib/auth/password/common-passwords.txt",
      "./node_modules/bcryptjs/**/*",
      "./node_modules/@prisma/schema-engine-wasm/**/*",
      "./node_modules/@prisma/driver-adapter-utils/**/*",
      "./node_modules/@prisma/debug/**/*",
      "./node_modules/@prisma/adapter-better-sqlite3/**/*",
      "./node_modules/@prisma/adapter-pg/**/*",
      "./node_modules/pg*/**/*",
      "./node_modules/postgres-*/**/*",
      "./node_modules/{split2,xtend}/**/*",
      "./prisma/**/*",
      // What Learn shows of the sources.
      ...Object.keys(CITED).map((file) => `./${file}`),
    ],
  },
};

export default config;
