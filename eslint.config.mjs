import next from "eslint-config-next/core-web-vitals";
import typescript from "eslint-config-next/typescript";

const config = [
  { ignores: [".next/**", "generated/**", "next-env.d.ts", "test-results/**"] },
  ...next,
  ...typescript,
];

export default config;
