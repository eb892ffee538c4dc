import { PageLink } from "./page-link";

/** The way up, above a page's title. */
export function Crumb({ href, children }: { href: string; children: string }) {
  return (
    <nav aria-label="Breadcrumb" className="mb-2 text-[0.9375rem]">
      <PageLink href={href} className="link text-soft hover:text-ink">
        {children}
      </PageLink>
      <span className="text-soft" aria-hidden="true">
        {" "}
        /
      </span>
    </nav>
  );
}
