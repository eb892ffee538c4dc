import { Message } from "../../../_components/message";
import { PageLink } from "../../../_components/page-link";

export default function PersonNotFound() {
  return (
    <Message
      title="There is no such account"
      text="It may have been deleted, by its owner or by an administrator."
    >
      <PageLink href="/admin" className="button button-primary">
        All people
      </PageLink>
    </Message>
  );
}
