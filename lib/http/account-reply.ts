/** "account + credential" (http-contract.md section 3): what signing up, logging in, refreshing and switching answer. */
import type { Account, Issued, SessionView } from "@/lib/auth/contract";
import type { Reply } from "./route";

export const accountBody = ({ user, session }: { user: Account; session: SessionView }) => ({
  user: { id: user.id, email: user.email, name: user.name, role: user.role },
  session: {
    id: session.id,
    mode: session.mode,
    transport: session.transport,
    expiresAt: session.expiresAt.toISOString(),
    credentialExpiresAt: session.credentialExpiresAt.toISOString(),
  },
});

export const accountReply = (issued: Issued, more: Pick<Reply, "status" | "notice"> = {}): Reply => ({
  ...more,
  body: { ...accountBody(issued), ...issued.tokens },
  cookies: issued.cookies,
});
