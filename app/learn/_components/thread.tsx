/** A public discussion where somebody met what the text speaks of. */
export function Thread({ href, children }: { href: string; children: string }) {
  return (
    <a href={href} rel="noreferrer" className="link text-[0.875em]">
      {children} ↗
    </a>
  );
}
