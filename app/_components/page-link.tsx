import type { ComponentProps } from "react";

/**
 * A link to another of our pages, loaded as a document: every page is a request of its own, which the dashboard tells about and
 * the silent renewal can answer with a redirect. It also keeps the client-side router's link code off every page.
 */
export function PageLink({ href, ...props }: ComponentProps<"a"> & { href: string }) {
  return <a href={href} {...props} />;
}
