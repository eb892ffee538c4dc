"use client";
/** What stands where a page could not be made. */
import { Message } from "./message";
import { PageLink } from "./page-link";

export function Failed({ error: { digest } }: { error: Error & { digest?: string } }) {
  // Of a server's error only its reference gets here.
  const reference = digest ? ` Reference: ${digest}.` : "";
  return (
    <Message
      title="This page could not be made"
      text={`Something went wrong on the server. What you had saved is still saved. Try again in a moment.${reference}`}
    >
      <button type="button" className="button button-primary" onClick={() => location.reload()}>
        <span>Try again</span>
      </button>
      <PageLink href="/" className="button button-plain">
        Start page
      </PageLink>
    </Message>
  );
}
