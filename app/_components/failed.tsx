"use client";
/** What stands where a page could not be made. */
import { Message } from "./message";
import { PageLink } from "./page-link";

export function Failed({ error: { digest } }: { error: Error & { digest?: string } }) {
  // Of a server's error only the digest gets here: a hash, or what the error was given as one.
  const isDatabaseAway = digest === "storage_unavailable";
  const reference = digest ? ` Reference: ${digest}.` : "";
  return (
    <Message
      title={isDatabaseAway ? "The database does not answer" : "This page could not be made"}
      text={
        isDatabaseAway
          ? "This page needs it. Nobody was signed out, and nothing is lost: try again in a few seconds."
          : `Something went wrong on the server. What you had saved is still saved. Try again in a moment.${reference}`
      }
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
