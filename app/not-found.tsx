import type { Metadata } from "next";

import { Message } from "./_components/message";
import { PageLink } from "./_components/page-link";

export const metadata: Metadata = { title: "Page not found" };

export default function NotFound() {
  return (
    <Message
      title="There is no page at this address"
      text="It may have moved, or the address may be mistyped."
    >
      <PageLink href="/" className="button button-primary">
        Start page
      </PageLink>
      <PageLink href="/dashboard" className="button button-plain">
        Dashboard
      </PageLink>
    </Message>
  );
}
