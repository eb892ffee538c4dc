/** The attacks of the attack lab in words; pure data, for the server and the page. What each does is in lib/lab/attacks. */

type Entry = {
  id: string;
  title: string;
  /** What the attacker does, and hopes for. */
  tries: string;
  /** The line of defence, and the file that holds it. */
  defence: string;
  file: string;
};

export const ATTACK_CATALOGUE = [
  {
    id: "cross-site",
    title: "Cross-site request",
    tries: "Another site makes the victim’s browser send a change along with its cookies.",
    defence: "What changes anything must come from our own pages, by headers that no page can forge.",
    file: "lib/http/same-origin.ts",
  },
  {
    id: "fixation",
    title: "Session fixation",
    tries: "A session cookie is planted before log-in, so that the attacker knows the id afterwards.",
    defence: "Log-in always makes a new id, and ends the session that came along.",
    file: "lib/accounts/sign-in.ts",
  },
  {
    id: "tossing",
    title: "Cookie tossing",
    tries:
      "A host next door plants a second cookie of the same name, so that the victim acts in the attacker’s account.",
    defence:
      "Over https the cookies are named __Host-…: a browser lets no other host set one. Everywhere, one cookie decides alone and identities are never mixed.",
    file: "lib/core/cookie-names.ts",
  },
  {
    id: "after-logout",
    title: "Stolen cookie after log-out",
    tries: "A copy of the cookies is used after their owner has logged out.",
    defence: "Log-out ends the device session on the server; clearing a cookie would only clear one copy.",
    file: "lib/auth/device-sessions/store.ts",
  },
  {
    id: "after-password",
    title: "Stolen cookie after a password change",
    tries: "The owner notices, changes the password, and the thief keeps using the copy.",
    defence: "A password change ends every other device session, in both modes.",
    file: "lib/accounts/change-password.ts",
  },
  {
    id: "replay",
    title: "Replayed refresh token",
    tries: "A refresh token that was stolen earlier is used after its owner has renewed twice.",
    defence:
      "A refresh token is exchanged once; only the last one before is pardoned, for seconds. An older one ends the device session, and the owner can read why.",
    file: "lib/auth/strategies/jwt/strategy.ts",
  },
  {
    id: "redirect",
    title: "Open redirect",
    tries: "A link to this site carries a next that leads to another one after sign-in.",
    defence:
      "next is judged after the URL parser has made of it what a browser would; only a path here is followed.",
    file: "lib/core/next-path.ts",
  },
  {
    id: "forged-role",
    title: "Forged role",
    tries: "A member writes role: admin into the access token and asks for the list of users.",
    defence: "A token is believed only with a signature by a key of ours, and by the algorithm of that key.",
    file: "lib/auth/strategies/jwt/access-token.edge.ts",
  },
  {
    id: "middleware",
    title: "Middleware bypass",
    tries: "Headers that frameworks and proxies use among themselves claim that the check was already made.",
    defence: "Every page and handler asks for itself who is calling; the middleware is a courtesy.",
    file: "lib/http/caller.ts",
  },
  {
    id: "timing",
    title: "Accounts told by timing",
    tries: "Log-ins to an account that exists and to one that does not are timed and compared.",
    defence: "An unknown email costs the same comparison of a password, against a decoy.",
    file: "lib/auth/password/password.ts",
  },
] as const satisfies readonly Entry[];

export type AttackId = (typeof ATTACK_CATALOGUE)[number]["id"];

export const attackOf = (id: AttackId): Entry => ATTACK_CATALOGUE.find((entry) => entry.id === id)!;
