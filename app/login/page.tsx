import type { Metadata } from "next";

import { safeNextPath } from "@/lib/core/next-path";
import { getCaller } from "@/lib/http/caller";
import { readFlash } from "@/lib/http/flash";

import { CredentialsPage } from "../_components/credentials-page";

export const metadata: Metadata = { title: "Log in" };

export default async function LoginPage({ searchParams }: PageProps<"/login">) {
  const [{ next }, caller, flash] = await Promise.all([searchParams, getCaller(), readFlash("/login")]);
  return (
    <CredentialsPage
      act="login"
      caller={caller}
      flash={flash}
      next={safeNextPath(next)}
      asked={next !== undefined}
    />
  );
}
