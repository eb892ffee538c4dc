import type { Metadata } from "next";

import { isUnavailable } from "@/lib/http/page-status";

import { Message } from "./_components/message";
import { PageLink } from "./_components/page-link";

export function generateMetadata(): Metadata {
  return { title: isUnavailable() ? "Not available right now" : "Page not found" };
}

export default function NotFound() {
  return isUnavailable() ? <DatabaseAway /> : <NoSuchPage />;
}

/** A page that could not ask who is calling ends here too: Next offers no boundary of its own for that. */
function DatabaseAway() {
  return (
    <Message
      title="This page cannot be shown right now"
      text="The database does not answer, so your session could not be checked. You are still logged in; try again in a few seconds."
    >
      <PageLink href="" className="button button-primary">
        Try again
      </PageLink>
      <PageLink href="/" className="button button-plain">
        Start page
      </PageLink>
    </Message>
  );
}

function NoSuchPage() {
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
