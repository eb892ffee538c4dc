import type { Metadata } from "next";

import { safeNextPath } from "@/lib/core/next-path";
import { getCaller } from "@/lib/http/caller";
import { readFlash } from "@/lib/http/flash";

import { CredentialsPage } from "../_components/credentials-page";

export const metadata: Metadata = { title: "Sign up" };

export default async function SignupPage({ searchParams }: PageProps<"/signup">) {
  const [{ next }, caller, flash] = await Promise.all([searchParams, getCaller(), readFlash("/signup")]);
  return (
    <CredentialsPage
      act="signup"
      caller={caller}
      flash={flash}
      next={safeNextPath(next)}
      asked={next !== undefined}
    />
  );
}
