import type { listUsers } from "@/lib/accounts/administration";

import { Moment } from "./moment";
import { PageLink } from "./page-link";

type Person = Extract<Awaited<ReturnType<typeof listUsers>>, { ok: true }>["value"]["users"][number];

export const roleName = (role: Person["role"]): string => (role === "admin" ? "Administrator" : "Member");

/** Accounts, the newest first, each a way to its own page. */
export function People({ people, me }: { people: Person[]; me: string }) {
  return (
    <ul className="card divide-line divide-y">
      {people.map(({ id, name, email, role, createdAt }) => (
        <li
          key={id}
          className="hover:bg-sunken first:rounded-t-card last:rounded-b-card relative grid gap-x-6 gap-y-0.5 px-4 py-3 sm:grid-cols-[minmax(0,1fr)_8rem_11rem] sm:items-center"
          data-testid="person"
        >
          <div className="min-w-0">
            <p className="truncate font-medium">
              {/* The whole row leads there. */}
              <PageLink href={`/admin/users/${id}`} className="after:absolute after:inset-0">
                {name}
              </PageLink>
              {id === me && <span className="text-soft font-normal"> (you)</span>}
            </p>
            <p className="text-soft text-sm wrap-anywhere">{email}</p>
          </div>
          <p className={`text-sm ${role === "admin" ? "font-medium" : "text-soft"}`}>{roleName(role)}</p>
          <p className="text-soft text-sm tabular-nums">
            <span className="sm:sr-only">Joined </span>
            <Moment at={createdAt} />
          </p>
        </li>
      ))}
    </ul>
  );
}

/** A search that is a link in the end: the form puts what is looked for into the address. */
export function PeopleSearch({ query, error }: { query: string; error?: string }) {
  return (
    <form method="get" action="/admin" role="search" className="mb-5">
      <div className="flex max-w-xl gap-2">
        <label htmlFor="people-query" className="sr-only">
          Search by name or email
        </label>
        <input
          id="people-query"
          name="query"
          type="search"
          defaultValue={query}
          placeholder="Name or email"
          autoComplete="off"
          spellCheck={false}
          maxLength={254}
          aria-invalid={error ? true : undefined}
          aria-describedby={error ? "people-query-error" : undefined}
          className="input"
        />
        <button type="submit" className="button button-plain min-h-11">
          Search
        </button>
      </div>
      {error && (
        <p id="people-query-error" className="text-danger mt-1.5 text-sm font-medium">
          <span aria-hidden="true">! </span>
          {error}
        </p>
      )}
    </form>
  );
}
