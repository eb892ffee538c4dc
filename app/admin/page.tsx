import type { Metadata } from "next";

import { listUsers } from "@/lib/accounts/administration";
import { usersQuery } from "@/lib/accounts/input";
import { requireCaller } from "@/lib/http/caller";
import { readFlash } from "@/lib/http/flash";

import { AdminFrame, ForAdministrators } from "../_components/admin-frame";
import { PageLink } from "../_components/page-link";
import { People, PeopleSearch } from "../_components/people";
import { lastOf } from "../_components/query";
import { whenAvailable } from "../_components/when-available";

export const metadata: Metadata = { title: "People" };

export default whenAvailable(AdminPage);

async function AdminPage({ searchParams }: PageProps<"/admin">) {
  const caller = await requireCaller("/admin");
  const asked = await searchParams;
  const query = lastOf(asked.query)?.trim() ?? "";
  const cursor = lastOf(asked.cursor);
  const parsed = usersQuery.safeParse({ query, cursor });
  const [listed, flash] = await Promise.all([
    listUsers(caller, parsed.success ? parsed.data : {}),
    readFlash("/admin"),
  ]);
  if (!listed.ok) return <ForAdministrators email={caller.user.email} path="/admin" />;
  const { users, nextCursor } = listed.value;

  return (
    <AdminFrame current="/admin" notice={flash?.notice}>
      <h2 className="sr-only">People</h2>
      <PeopleSearch query={query} error={parsed.success ? undefined : parsed.error.issues[0]?.message} />
      {users.length === 0 ? (
        <p className="text-soft">
          {query === "" ? "There is nobody on this page." : <>Nobody’s name or email contains “{query}”.</>}{" "}
          <PageLink href="/admin" className="link text-ink">
            Show everybody
          </PageLink>
        </p>
      ) : (
        <People people={users} me={caller.user.id} />
      )}
      <nav aria-label="Pages" className="mt-6 flex flex-wrap gap-3 empty:hidden">
        {cursor && (
          <PageLink href={pageOf(query)} className="button button-small button-plain">
            Newest
          </PageLink>
        )}
        {nextCursor && (
          <PageLink href={pageOf(query, nextCursor)} rel="next" className="button button-small button-plain">
            Older
          </PageLink>
        )}
      </nav>
    </AdminFrame>
  );
}

function pageOf(query: string, cursor?: string): string {
  const asked = new URLSearchParams({ ...(query && { query }), ...(cursor && { cursor }) }).toString();
  return asked ? `/admin?${asked}` : "/admin";
}
