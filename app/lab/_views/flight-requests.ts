/** What the flight recorder can record, in words: the button, and what to look at in the result. */
import type { RequestId } from "@/lib/lab/experiments/flight-recorder";

type RequestWords = { title: string; says: string; lesson: string };

export const FLIGHT_REQUESTS: Record<RequestId, RequestWords> = {
  me: {
    title: "GET /api/me",
    says: "The API tells who is calling.",
    lesson:
      "Session mode looks its row up on every request, in the database or in a copy that Redis keeps for seconds. JWT mode believes the signature, and looks into a list in its own memory.",
  },
  dashboard: {
    title: "GET /dashboard",
    says: "A page: the middleware looks first.",
    lesson:
      "The middleware looks at seal or signature alone, to send visitors where they will want to be. It is no guard: the page checks for itself.",
  },
  rename: {
    title: "PATCH /api/me",
    says: "A write: saves a new name.",
    lesson:
      "Both modes write. Session mode looks its row up first; JWT mode answers with a new token, because the old one still has the old name in it.",
  },
  expired: {
    title: "GET /dashboard, token expired",
    says: "Renewed on the way. Takes 8 seconds.",
    lesson:
      "The access token had run out: the browser is sent to renew it and back, and only there JWT mode asks the database. Session mode has nothing like it: its cookie holds an id, and the row behind it says how long it lasts.",
  },
  revoked: {
    title: "GET /api/me, signed out",
    says: "With a credential that was just revoked.",
    lesson:
      "Session mode finds its row ended. JWT mode finds the session in its list of revocations, without a query. Both answers clear the cookie that was bad.",
  },
  "revoked-page": {
    title: "GET /dashboard, signed out",
    says: "The same on a page. Who notices?",
    lesson:
      "The middleware lets both through, for seal and signature are as good as before. The page behind it refuses, and sends the browser to log in.",
  },
  bearer: {
    title: "GET /api/me, bearer header",
    says: "The token in a header, as programs send it.",
    lesson:
      "A request with a bearer header is judged by the header alone. Session mode has no such form: its credential is a cookie, shown here to compare.",
  },
};
