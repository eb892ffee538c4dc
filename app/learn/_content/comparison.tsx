/** The points people argue about: sessions, a JWT alone, and the hybrid of this app, each with the place in the code that shows it. */
import type { ReactNode } from "react";

import { Source } from "../_components/source";

export type Point = { asks: string; sessions: string; jwtAlone: string; hybrid: string; shownBy: ReactNode };
export type Group = { title: string; points: Point[] };

export const COMPARISON: Group[] = [
  {
    title: "On each request",
    points: [
      {
        asks: "What is carried?",
        sessions: "A sealed random id. Nothing about you.",
        jwtAlone: "A signed statement of who you are and until when, readable by its holder.",
        hybrid: "The same, for 15 minutes; a refresh token besides, which goes to one address only.",
        shownBy: (
          <>
            <Source file="lib/auth/strategies/session/seal.edge.ts" symbol="sealSessionId" brief />{" "}
            <Source file="lib/auth/strategies/jwt/access-token.edge.ts" symbol="signAccessToken" brief />{" "}
            <Source file="lib/http/cookies.ts" symbol="PATHS" brief />
          </>
        ),
      },
      {
        asks: "How large may it get?",
        sessions:
          "About 300 bytes, whatever the server knows of you. Over 1,024 characters it is no cookie of ours.",
        jwtAlone: "As large as what it claims. Browsers keep about 4 kB a cookie.",
        hybrid: "About 550 bytes, for its claims are few. Over 4,096 characters it is refused unread.",
        shownBy: (
          <>
            <Source file="lib/auth/strategies/session/seal.edge.ts" symbol="MAX_SEAL_LENGTH" brief />{" "}
            <Source file="lib/auth/strategies/jwt/access-token.edge.ts" symbol="MAX_TOKEN_LENGTH" brief />
          </>
        ),
      },
      {
        asks: "Who looks what up?",
        sessions: "The handler reads the session and its account.",
        jwtAlone: "Nobody looks anything up.",
        hybrid: "The handler looks into a map in memory.",
        shownBy: (
          <>
            <Source file="lib/auth/strategies/session/store.ts" symbol="readSession" brief />{" "}
            <Source file="lib/auth/device-sessions/revocation-feed.ts" symbol="judge" brief />
          </>
        ),
      },
      {
        asks: "How many queries?",
        sessions: "One, every time.",
        jwtAlone: "None.",
        hybrid:
          "None. One each 400 ms for the whole process, and a renewal each 15 minutes for an active device.",
        shownBy: (
          <>
            <Source file="lib/auth/strategies/session/store.ts" symbol="readSession" brief />{" "}
            <Source file="lib/auth/strategies/jwt/strategy.ts" symbol="renew" brief />{" "}
            <Source file="lib/auth/device-sessions/revocation-feed.ts" symbol="POLL_MILLISECONDS" brief />
          </>
        ),
      },
    ],
  },
  {
    title: "When things change",
    points: [
      {
        asks: "When is a log-out felt?",
        sessions: "By the next request.",
        jwtAlone: "Not at all. The token is good until it expires.",
        hybrid: "Within a second, by every process.",
        shownBy: (
          <>
            <Source file="lib/auth/device-sessions/store.ts" symbol="endDeviceSessionsIn" brief />{" "}
            <Source file="examples/resource-server.mjs" symbol="callerOf" brief />
          </>
        ),
      },
      {
        asks: "How old may a role be?",
        sessions: "As new as the row just read.",
        jwtAlone: "As old as the token.",
        hybrid:
          "A second; then the token is refused until it is renewed. Administration asks the database anyway.",
        shownBy: (
          <>
            <Source file="lib/auth/account/store.ts" symbol="changeRole" brief />{" "}
            <Source file="lib/accounts/administration.ts" symbol="authorise" brief />
          </>
        ),
      },
      {
        asks: "Can one device be ended and the others kept?",
        sessions: "Yes, its row is marked.",
        jwtAlone: "No. Changing the key ends everybody.",
        hybrid: "Yes, its row is marked and its id announced.",
        shownBy: <Source file="lib/accounts/device-sessions.ts" symbol="endDeviceSession" brief />,
      },
    ],
  },
  {
    title: "Attacks",
    points: [
      {
        asks: "A credential is stolen. What then?",
        sessions: "It works until its owner ends it, or it runs out.",
        jwtAlone: "It works until it expires, whatever its owner does.",
        hybrid:
          "The access token: until it is ended or 15 minutes are over. The refresh token: until both have used it, which ends the device session.",
        shownBy: (
          <>
            <Source file="lib/auth/strategies/session/strategy.ts" symbol="sessionEnd" brief />{" "}
            <Source file="lib/auth/strategies/jwt/strategy.ts" symbol="renew" brief />
          </>
        ),
      },
      {
        asks: "Another site sends a request (CSRF)?",
        sessions: "The cookie may come along, so where it came from is checked.",
        jwtAlone: "In a cookie: the same. In a header: nothing comes along unasked.",
        hybrid: "Both of these: cookies are checked, the bearer header needs no check.",
        shownBy: (
          <>
            <Source file="lib/http/same-origin.ts" symbol="comesFromOurPages" brief />{" "}
            <Source file="lib/http/route.ts" symbol="handle" brief />
          </>
        ),
      },
      {
        asks: "A stranger’s script runs in our page (XSS)?",
        sessions: "It acts as you while the page is open. It cannot take the cookie away.",
        jwtAlone: "The same in an HttpOnly cookie. In localStorage it takes the token away.",
        hybrid: "As with sessions: no credential is readable by a script.",
        shownBy: (
          <>
            <Source file="lib/http/cookies.ts" symbol="setCookieHeader" brief />{" "}
            <Source file="lib/core/security-headers.ts" symbol="contentSecurityPolicy" brief />
          </>
        ),
      },
    ],
  },
  {
    title: "Other clients, more servers",
    points: [
      {
        asks: "Phone apps and scripts?",
        sessions: "Awkward: they would have to behave like a browser. Here: not offered.",
        jwtAlone: "Natural: a token in a header.",
        hybrid: "Natural, and listed among your devices, where it can be ended.",
        shownBy: (
          <>
            <Source file="lib/auth/strategies/jwt/transport.edge.ts" symbol="carriedAccessToken" brief />{" "}
            <Source file="examples/bearer-client.mjs" symbol="HalfstateClient" brief />
          </>
        ),
      },
      {
        asks: "Other domains and services?",
        sessions: "No. The cookie stays with our site, and only we can open the seal.",
        jwtAlone: "Yes, with the public keys alone.",
        hybrid: "Yes, likewise. A service that checks by itself does not hear of endings.",
        shownBy: (
          <>
            <Source file="lib/auth/keys.edge.ts" symbol="publicKeySet" brief />{" "}
            <Source file="examples/resource-server.mjs" symbol="callerOf" brief />
          </>
        ),
      },
      {
        asks: "More servers?",
        sessions: "All share one database, and each request asks it.",
        jwtAlone: "They share nothing but keys.",
        hybrid: "They share a database, and most requests do not ask it.",
        shownBy: (
          <>
            <Source file="lib/auth/device-sessions/store.ts" symbol="alive" brief />{" "}
            <Source file="lib/auth/device-sessions/revocation-feed.ts" symbol="catchUp" brief />
          </>
        ),
      },
      {
        asks: "What has to be kept secret?",
        sessions: "One secret that seals.",
        jwtAlone: "A private key, changed now and then; the public ones are published.",
        hybrid: "The same keys, and one secret for refresh tokens.",
        shownBy: (
          <>
            <Source file="lib/auth/keys.edge.ts" symbol="requireSigningKey" brief />{" "}
            <Source file="lib/auth/strategies/jwt/refresh-token.ts" symbol="refreshToken" brief />
          </>
        ),
      },
      {
        asks: "What breaks while the database is away?",
        sessions: "Every request that needs to know you: 503, and no cookie is cleared.",
        jwtAlone: "New log-ins. Whoever holds a token notices nothing.",
        hybrid:
          "Renewals and new log-ins. Who has a live token goes on until it expires, unless the operator chose to refuse.",
        shownBy: (
          <>
            <Source file="lib/auth/strategies/session/store.ts" symbol="findSession" brief />{" "}
            <Source file="lib/auth/device-sessions/revocation-feed.ts" symbol="judge" brief />{" "}
            <Source file="lib/accounts/readiness.ts" symbol="readiness" brief />
          </>
        ),
      },
    ],
  },
];
