import "./globals.css";

import { GeistMono } from "geist/font/mono";
import { GeistSans } from "geist/font/sans";
import type { Metadata, Viewport } from "next";
import { cookies } from "next/headers";
import { unstable_rethrow } from "next/navigation";
import type { ReactNode } from "react";

import { type Caller, callerIsUnknown, getCaller } from "@/lib/http/caller";

import { PageLink } from "./_components/page-link";
import { SiteHeader } from "./_components/site-header";
import { type Theme, THEMES } from "./_components/themes";

export const metadata: Metadata = {
  title: { default: "Halfstate: sessions and JWTs, side by side", template: "%s · Halfstate" },
  description:
    "A working app that keeps you logged in by a server session or by a signed token, lets you switch, and shows what each one really does.",
};

export const viewport: Viewport = { colorScheme: "light dark" };

export default async function RootLayout({ children }: { children: ReactNode }) {
  const [caller, theme] = await Promise.all([callerIfKnown(), chosenTheme()]);
  return (
    <html
      lang="en"
      data-theme={theme === "system" ? undefined : theme}
      className={`${GeistSans.variable} ${GeistMono.variable}`}
    >
      <body className="group/body flex min-h-dvh flex-col">
        <a
          href="#content"
          className="button button-primary sr-only z-20 focus:not-sr-only focus:fixed focus:start-4 focus:top-2 focus:px-4 focus:py-2"
        >
          Skip to content
        </a>
        <SiteHeader caller={caller} theme={theme} />
        {children}
        <footer className="border-line mt-auto border-t">
          <p className="page text-soft py-6 text-sm">
            Halfstate is a reference app: sessions and JWTs on one running system.{" "}
            <PageLink href="/api/docs" className="link">
              API reference
            </PageLink>
            . MIT licence.
          </p>
        </footer>
      </body>
    </html>
  );
}

/** The frame stands whatever happens, so that app/error.tsx has one to stand in. */
async function callerIfKnown(): Promise<Caller | null | "unknown"> {
  try {
    return (await getCaller()) ?? ((await callerIsUnknown()) ? "unknown" : null);
  } catch (error) {
    unstable_rethrow(error);
    return "unknown";
  }
}

async function chosenTheme(): Promise<Theme> {
  const chosen = (await cookies()).get("theme")?.value;
  return THEMES.find((theme) => theme === chosen) ?? "system";
}
