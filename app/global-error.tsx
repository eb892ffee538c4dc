"use client";
/** Stands in for the whole document when even the layout could not be made. */
import "./globals.css";

import { Failed } from "./_components/failed";

export default function GlobalError(props: { error: Error & { digest?: string } }) {
  return (
    <html lang="en">
      <body>
        <link rel="icon" href="/icon.svg" />
        <title>This page could not be made · Halfstate</title>
        <Failed {...props} />
      </body>
    </html>
  );
}
