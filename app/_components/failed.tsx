"use client";
/** What stands where a page could not be made. */
import { Message } from "./message";
import { PageLink } from "./page-link";

export function Failed({ error }: { error: Error & { digest?: string } }) {
  // Of a server's error only the digest gets here; lib/http/caller.ts says this one on purpose.
  if (error.digest === "storage_unavailable") return <DatabaseAway />;
  const reference = error.digest ? ` Reference: ${error.digest}.` : "";
  return (
    <Message
      title="This page could not be made"
      text={`Something went wrong on the server. What you had saved is still saved. Try again in a moment.${reference}`}
    >
      <Reload>Reload the page</Reload>
    </Message>
  );
}

function DatabaseAway() {
  return (
    <Message
      title="The database does not answer"
      text="This page needs it to tell who you are. Nobody was signed out, and nothing is lost: try again in a few seconds."
    >
      <Reload>Try again</Reload>
      <PageLink href="/" className="button button-plain">
        Start page
      </PageLink>
    </Message>
  );
}

function Reload({ children }: { children: string }) {
  return (
    <button type="button" className="button button-primary" onClick={() => location.reload()}>
      <span>{children}</span>
    </button>
  );
}
