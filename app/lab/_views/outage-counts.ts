/** The outage in numbers: what became of the requests of each lane. */
import type { Lane, LaneId, Mark, Outage } from "@/lib/lab/experiments/outage";

/** What a lane sends, and why it is there. */
export const LANES: Record<LaneId, { name: string; asks: string; note: string }> = {
  session: { name: "Session", asks: "GET /api/me", note: "Every request needs its row" },
  jwt: { name: "JWT", asks: "GET /api/me", note: "Needs no query" },
  "session-page": { name: "Session", asks: "GET /dashboard", note: "A page" },
  "jwt-page": { name: "JWT", asks: "GET /dashboard", note: "A page" },
  renewal: {
    name: "JWT renewal",
    asks: "/api/auth/refresh",
    note: "POST by a client and GET by a page, in turns",
  },
  bystander: { name: "Another account", asks: "GET /api/me", note: "Another account, without the fault" },
  readiness: {
    name: "Health check",
    asks: "GET /api/health/ready",
    note: "Whether the server is fit to serve",
  },
};

/** Got what it asked for; a redirect of the renewal counts. */
export const isLetIn = ({ status }: Mark): boolean => status < 400;

export type Counts = {
  sent: number;
  letIn: number;
  /** Sent while the database was away for this lane. */
  whileAway: { sent: number; letIn: number; queries: number };
  queries: number;
  longestWait: number;
  /** Milliseconds from the database's return to the first answer that lets in; null where nobody was kept out, or still is. */
  backAfter: number | null;
};

export function countsOf({ marks }: Lane, { away }: Outage): Counts {
  const faulty = marks.filter(({ isFaulty }) => isFaulty);
  const until = away?.until ?? null;
  const wasOut = faulty.some((mark) => !isLetIn(mark));
  const back =
    until === null || !wasOut ? undefined : marks.find((mark) => mark.sentAt >= until && isLetIn(mark));
  return {
    sent: marks.length,
    letIn: marks.filter(isLetIn).length,
    whileAway: { sent: faulty.length, letIn: faulty.filter(isLetIn).length, queries: queriesOf(faulty) },
    queries: queriesOf(marks),
    longestWait: Math.max(0, ...marks.map(({ sentAt, answeredAt }) => answeredAt - sentAt)),
    backAfter: back ? back.answeredAt - until! : null,
  };
}

const queriesOf = (marks: Mark[]): number => marks.reduce((sum, { queries }) => sum + queries, 0);

/** What one reads beside a lane. */
export function outcomeOf(lane: Lane, outage: Outage): string {
  const { sent, letIn, whileAway } = countsOf(lane, outage);
  if (lane.id === "readiness") return `${letIn} of ${sent} answered 200`;
  if (whileAway.sent === 0) return `${letIn} of ${sent} let in`;
  const refused = whileAway.sent - whileAway.letIn;
  return refused === 0
    ? `${whileAway.letIn} of ${whileAway.sent} let in while away`
    : `${refused} of ${whileAway.sent} answered 503 while away`;
}
