import type { ReactNode } from "react";

import { answersUnavailable } from "@/lib/http/caller";

import { Message } from "./message";
import { PageLink } from "./page-link";

/**
 * A page that says so, with a 503, when the database does not answer. Caught here because Next draws its error boundaries in the
 * browser only: without JavaScript there would be nothing to see.
 */
export const whenAvailable = <Props,>(Page: (props: Props) => Promise<ReactNode>) =>
  async function AvailablePage(props: Props) {
    try {
      return await Page(props);
    } catch (error) {
      if (!answersUnavailable(error)) throw error;
      return <DatabaseAway />;
    }
  };

function DatabaseAway() {
  return (
    <Message
      title="This page cannot be shown right now"
      text="The database does not answer. You are still logged in, and nothing was lost; try again in a few seconds."
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
