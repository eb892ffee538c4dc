import type { Metadata } from "next";
import Link from "next/link";

import { Message } from "./_components/message";

export const metadata: Metadata = { title: "Page not found" };

export default function NotFound() {
  return (
    <Message
      title="There is no page at this address"
      text="It may have moved, or the address may be mistyped."
    >
      <Link href="/" prefetch={false} className="button button-primary">
        Start page
      </Link>
      <Link href="/dashboard" prefetch={false} className="button button-plain">
        Dashboard
      </Link>
    </Message>
  );
}
