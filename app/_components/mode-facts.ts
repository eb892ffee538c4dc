/** What the interface says about each mode, in one place, so that no page tells the two apart by itself. */
import type { Caller } from "@/lib/http/caller";

export type Mode = Caller["session"]["mode"];

type ModeFacts = {
  name: string;
  inSentence: string;
  other: Mode;
  readsDatabase: boolean;
  /** What the browser carries, by its name. */
  credential: string;
  /** The same, explained to somebody who meets the word for the first time. */
  credentialExplained: string;
  inMiddleware: string;
  inHandler: string;
  inDatabase: string;
  onEachRequest: string;
  cost: string;
  ending: string;
  suits: string;
  thisDevice: string;
  /** What happens when the time on the credential is up. */
  atZero: string;
  renewal: string;
  /** When this device is signed out: said before the date, and after it. */
  signedOut: [string, string];
};

export const MODE_FACTS: Record<Mode, ModeFacts> = {
  session: {
    name: "Session mode",
    inSentence: "session mode",
    other: "jwt",
    readsDatabase: true,
    credential: "sealed cookie",
    credentialExplained:
      "A sealed cookie: a session id, encrypted so that nobody else can read or change it.",
    inMiddleware: "Opened the seal. No database.",
    inHandler: "Opened the seal again and asked whose session it is.",
    inDatabase: "Read the session row.",
    onEachRequest:
      "The cookie holds a session id and nothing else, sealed so that only the server can open it. The server looks the id up every time, in its database or in a fresh copy of the row.",
    cost: "A small cookie, and a look-up for every request. When the database is away, nobody is let in.",
    ending: "At once. The row is marked as ended, and the next request reads that row.",
    suits: "Apps that must always decide on the latest facts and have their database close by.",
    thisDevice: "This browser carries a sealed session id. The server looks its row up on every request.",
    atZero: "Visits extend it, up to a limit. Then you log in again.",
    renewal: "A session needs none.",
    signedOut: [
      "Without another visit, this device is signed out on",
      ". Each visit moves that, up to a limit.",
    ],
  },
  jwt: {
    name: "JWT mode",
    inSentence: "JWT mode",
    other: "session",
    readsDatabase: false,
    credential: "signed access token",
    credentialExplained:
      "A JWT (JSON Web Token): who you are in readable form, signed so that nobody can change it unnoticed.",
    inMiddleware: "Checked signature and expiry. No database.",
    inHandler: "Checked the signature again, and a list of ended sessions held in memory.",
    inDatabase: "Asked nothing.",
    onEachRequest:
      "The token itself says who you are and until when. Its signature proves it, so the server trusts it without looking anything up.",
    cost: "A larger cookie and a silent renewal every few minutes. While the database is away, whoever is logged in stays so until the token runs out.",
    ending:
      "Within a second. A signature stays good until it expires, so every server process keeps a short list of what was ended and checks it each time.",
    suits: "Apps with many servers, a distant database, or API clients that are not browsers.",
    thisDevice:
      "This browser carries a short-lived signed token, and a refresh token that earns the next one. Only that renewal reads the database.",
    atZero: "Then it is renewed silently on the next page.",
    renewal: "Of this browser's access token.",
    signedOut: ["This device is signed out on", " at the latest. Visits and renewals do not move that."],
  },
};
