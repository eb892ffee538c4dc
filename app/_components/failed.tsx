"use client";
/** What stands where a page could not be made. */
import { Message } from "./message";

export function Failed({ error }: { error: Error & { digest?: string } }) {
  const reference = error.digest ? ` Reference: ${error.digest}.` : "";
  return (
    <Message
      title="This page could not be made"
      text={`Something went wrong on the server. What you had saved is still saved. Try again in a moment.${reference}`}
    >
      <button type="button" className="button button-primary" onClick={() => location.reload()}>
        <span>Reload the page</span>
      </button>
    </Message>
  );
}
