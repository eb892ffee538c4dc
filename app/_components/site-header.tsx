import type { Caller } from "@/lib/http/caller";
import { labIsOpen } from "@/lib/http/lab-pages";

import { LogOut } from "./log-out";
import { Mark } from "./mark";
import { ModeBadge } from "./mode-badge";
import { PageLink } from "./page-link";
import { ThemeControl } from "./theme-control";
import type { Theme } from "./themes";

/** One header for every page. Pages that ask who you are keep it quiet (see `QUIET_HEADER`). Nothing is said of a caller who is not known. */
export function SiteHeader({ caller, theme }: { caller: Caller | null | "unknown"; theme: Theme }) {
  const isKnown = caller !== null && caller !== "unknown";
  return (
    <header className="border-line bg-paper sticky top-0 z-10 border-b">
      <div className="page flex h-14 items-center gap-2 sm:gap-3">
        <PageLink
          href={isKnown ? "/dashboard" : "/"}
          className="rounded-control -ms-1.5 me-auto flex h-9 items-center gap-2 px-1.5 font-semibold tracking-tight"
        >
          <Mark />
          Halfstate
        </PageLink>
        <Places className="hidden sm:flex" />
        {isKnown && <SignedIn caller={caller} />}
        {caller === null && <SignedOut />}
        <ThemeControl initial={theme}>
          <svg
            viewBox="0 0 16 16"
            className="size-4.5"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.5"
            aria-hidden="true"
          >
            <path d="M13.5 9.6A5.9 5.9 0 0 1 6.4 2.5a5.9 5.9 0 1 0 7.1 7.1z" strokeLinejoin="round" />
          </svg>
        </ThemeControl>
      </div>
      <Places className="page border-line flex border-t sm:hidden" />
    </header>
  );
}

/** What anybody can visit: in the header where there is room, else in a line of its own below it. */
function Places({ className }: { className: string }) {
  return (
    <nav aria-label="Main" className={className}>
      {labIsOpen() && <Place href="/lab">Lab</Place>}
      <Place href="/learn">Learn</Place>
    </nav>
  );
}

const Place = ({ href, children }: { href: string; children: string }) => (
  <PageLink
    href={href}
    className="rounded-control hover:bg-sunken flex h-9 items-center px-2.5 text-[0.9375rem] font-medium max-sm:first:-ms-2.5"
  >
    {children}
  </PageLink>
);

/** Put on a page's main element where log in and sign up are the page itself. */
export const QUIET_HEADER = { "data-quiet-header": true };

function SignedOut() {
  return (
    <nav
      aria-label="Account"
      className="flex items-center gap-1 group-has-data-quiet-header/body:hidden sm:gap-2"
    >
      <PageLink
        href="/login"
        className="rounded-control hover:bg-sunken flex h-9 items-center px-2.5 text-[0.9375rem] font-medium"
      >
        Log in
      </PageLink>
      <PageLink href="/signup" className="button button-primary button-small">
        Sign up
      </PageLink>
    </nav>
  );
}

function SignedIn({ caller: { user, session } }: { caller: Caller }) {
  return (
    <>
      <PageLink
        href="/settings#mode"
        title="Switch mode"
        data-testid="header-mode"
        className="flex h-9 items-center rounded-full"
      >
        <ModeBadge mode={session.mode} />
      </PageLink>
      <button
        type="button"
        popoverTarget="account-menu"
        className="rounded-control hover:bg-sunken flex h-9 min-w-0 items-center gap-1.5 px-2 text-[0.9375rem] font-medium"
      >
        <span className="sr-only">
          Account: <span className="sm:hidden">{user.name}</span>
        </span>
        <span className="hidden max-w-32 min-w-0 truncate sm:block" title={user.name}>
          {user.name}
        </span>
        <span
          className="bg-line grid size-6 place-items-center rounded-full text-xs sm:hidden"
          aria-hidden="true"
        >
          {[...user.name][0]?.toUpperCase()}
        </span>
        <svg
          viewBox="0 0 10 6"
          className="text-soft w-2.5 shrink-0"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.5"
          aria-hidden="true"
        >
          <path d="m1 1 4 4 4-4" strokeLinecap="round" strokeLinejoin="round" />
        </svg>
      </button>
      <div id="account-menu" popover="auto" className="menu">
        <div className="border-line mb-1 border-b px-2.5 pt-1 pb-2.5">
          <p className="line-clamp-2 font-medium break-words">{user.name}</p>
          <p className="text-soft text-sm break-all">{user.email}</p>
        </div>
        <PageLink href="/dashboard" className="menu-item">
          Dashboard
        </PageLink>
        <PageLink href="/settings" className="menu-item">
          Settings
        </PageLink>
        {user.role === "admin" && (
          <PageLink href="/admin" className="menu-item">
            Admin
          </PageLink>
        )}
        <LogOut lands="/">
          <button type="submit" className="menu-item">
            Log out
          </button>
        </LogOut>
      </div>
    </>
  );
}
