import { test as setup } from "@playwright/test";
import { build, isBuildFresh } from "../../scripts/build.mjs";

setup("the production build is that of these sources", async () => {
  setup.setTimeout(300_000);
  if (!isBuildFresh()) await build();
});
