// Next's own rules for React, accessibility and TypeScript; what is generated is not ours to lint.
import next from "eslint-config-next/core-web-vitals";
import typescript from "eslint-config-next/typescript";

const config = [
  {
    ignores: [
      ".next/",
      "generated/",
      "node_modules/",
      "test-results/",
      "playwright-report/",
      "next-env.d.ts",
    ],
  },
  ...next,
  ...typescript,
  {
    // A leading underscore says that leaving it unused is meant.
    rules: {
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
    },
  },
  {
    // Playwright's fixtures take a function called `use`, which is no React hook.
    files: ["tests/**"],
    rules: { "react-hooks/rules-of-hooks": "off", "no-empty-pattern": "off" },
  },
];

export default config;
