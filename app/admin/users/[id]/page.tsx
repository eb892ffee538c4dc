import type { Metadata } from "next";
import type { ReactNode } from "react";

import { readUser } from "@/lib/accounts/administration";
import { requireCaller } from "@/lib/http/caller";
import { readFlash } from "@/lib/http/flash";
import { answerWithStatus } from "@/lib/http/page-status";

import { ForAdministrators } from "../../../_components/admin-frame";
import { Crumb } from "../../../_components/crumb";
import { FlashNote } from "../../../_components/flash-note";
import { Message } from "../../../_components/message";
import { MODE_FACTS } from "../../../_components/mode-facts";
import { Moment } from "../../../_components/moment";
import { PageLink } from "../../../_components/page-link";
import { roleName } from "../../../_components/people";
import { DeletePerson, EndSessions, SetRole } from "../../../_components/person-forms";
import { Section } from "../../../_components/section";
import { whenAvailable } from "../../../_components/when-available";

export const metadata: Metadata = { title: "Person" };

export default whenAvailable(PersonPage);

async function PersonPage({ params }: PageProps<"/admin/users/[id]">) {
  const path = `/admin/users/${(await params).id}`;
  const caller = await requireCaller(path);
  const [found, flash] = await Promise.all([
    readUser(caller, (await params).id, new Date()),
    readFlash(path),
  ]);
  if (!found.ok) {
    if (found.failure.code === "not_found") return <NobodyHere />;
    return <ForAdministrators email={caller.user.email} path={path} />;
  }
  const { user, devices } = found.value;
  const isMe = user.id === caller.user.id;
  const noticeOf = (form: string) => (flash?.form === form ? flash.notice : undefined);

  return (
    <main id="content" className="page w-full pt-8 pb-20 sm:pt-12">
      <Crumb href="/admin">People</Crumb>
      <h1 className="text-2xl font-semibold break-words sm:text-3xl">
        {user.name}
        {isMe && <span className="text-soft font-normal"> (you)</span>}
      </h1>
      <dl className="mt-5 grid gap-x-8 gap-y-4 sm:grid-cols-2 lg:grid-cols-4">
        <Fact term="Email">
          <span className="wrap-anywhere">{user.email}</span>
        </Fact>
        <Fact term="Role">{roleName(user.role)}</Fact>
        <Fact term="Joined">
          <Moment at={user.createdAt} />
        </Fact>
        <Fact term="Mode of the next log-in">{MODE_FACTS[user.preferredMode].name}</Fact>
      </dl>

      <div className="mt-12 max-w-3xl space-y-12">
        <Section id="devices" title="Devices" notice={noticeOf("sessions")}>
          <FlashNote form="sessions" flash={flash} />
          <EndSessions user={user} devices={devices} isMe={isMe} />
        </Section>
        <Section id="role" title="Role" notice={noticeOf("role")}>
          <FlashNote form="role" flash={flash} />
          <SetRole user={user} isMe={isMe} />
        </Section>
        <Section id="danger" title="Danger zone">
          <FlashNote form="delete" flash={flash} />
          {isMe ? (
            <p className="text-soft text-[0.9375rem]">
              Your own account is deleted in your{" "}
              <PageLink href="/settings#danger" className="link text-ink">
                settings
              </PageLink>
              , with your password.
            </p>
          ) : (
            <DeletePerson user={user} devices={devices.length} />
          )}
        </Section>
      </div>
    </main>
  );
}

/** Next draws its own not-found page in the browser only, and this one is come upon after a deletion. */
function NobodyHere() {
  answerWithStatus(404);
  return (
    <Message title="There is no such account" text="It was deleted, or the address is mistyped.">
      <PageLink href="/admin" className="button button-primary">
        All people
      </PageLink>
    </Message>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-soft text-sm">{term}</dt>
      <dd className="mt-0.5">{children}</dd>
    </div>
  );
}
