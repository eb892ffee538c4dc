/** The knowledge check: fifteen questions about things that are often misunderstood, and how answers are judged. */

export const LETTERS = ["a", "b", "c", "d"] as const;
export type Letter = (typeof LETTERS)[number];

export type QuizQuestion = {
  asks: string;
  options: Record<Letter, string>;
  right: Letter;
  /** Why the right answer is right, and what is wrong about the tempting ones. */
  because: string;
  /** The lesson that explains it. */
  lesson: string;
};

export const QUIZ: readonly QuizQuestion[] = [
  {
    asks: "Somebody pastes an access token into a decoder that has no key. What can it read?",
    options: {
      a: "Nothing, since a JWT is encrypted",
      b: "The header; the payload needs the public key",
      c: "Header and payload, word for word",
      d: "Only how long the token is still good",
    },
    right: "c",
    because:
      "The first two parts are merely spelled in base64url, which anybody can undo. The signature keeps the text from being changed, not from being read. So nothing secret belongs in it.",
    lesson: "tokens",
  },
  {
    asks: "An app uses signed tokens and remembers nothing. You log out and the browser drops its token. What about a copy made before?",
    options: {
      a: "It is refused, because you logged out",
      b: "It works until it expires",
      c: "It works until you log in again",
      d: "It is refused by all servers but the one that issued it",
    },
    right: "b",
    because:
      "Nobody looks it up, so nobody can learn that it should be refused. Its signature is as good as before. Dropping a token in one browser does nothing to a copy elsewhere.",
    lesson: "revocation",
  },
  {
    asks: "In this app’s JWT mode you sign out another device of yours. When do other server processes refuse its access token?",
    options: {
      a: "Within about a second",
      b: "When it expires, up to 15 minutes later",
      c: "At its next renewal",
      d: "At once, since each request reads the device session’s row",
    },
    right: "a",
    because:
      "Each process asks for new notices every 400 milliseconds and judges tokens by what it has heard. No request reads the row; that is what makes this mode different from a session.",
    lesson: "revocation",
  },
  {
    asks: "A cookie is SameSite=Lax. Which request still brings it along?",
    options: {
      a: "A form that another site posts to us",
      b: "An image on another site whose address is ours",
      c: "A fetch that a script on another site makes",
      d: "A form posted to us from another subdomain of our own site",
    },
    right: "d",
    because:
      "A site is wider than an origin: blog.example.com and app.example.com are the same site. That is why this app checks the origin of each request that would change something, and SameSite is only its second line.",
    lesson: "where-to-keep-a-token",
  },
  {
    asks: "Why is a refresh token replaced each time it is used?",
    options: {
      a: "So that the use of a stolen copy shows",
      b: "So that the device session lasts longer",
      c: "Because a signature wears out when it is used often",
      d: "So that the access token gets a new signing key",
    },
    right: "a",
    because:
      "Owner and thief cannot both keep up: one of them will present a token that has been replaced, and then the device session ends. Here it does not make the device session longer; its end is fixed when you sign in.",
    lesson: "refresh-tokens",
  },
  {
    asks: "A request has passed the middleware and reaches a page. What may the page conclude from that?",
    options: {
      a: "That the visitor is signed in",
      b: "That the visitor’s session has not been ended",
      c: "That the visitor’s role has been checked",
      d: "Nothing that it can do without checking for itself",
    },
    right: "d",
    because:
      "The middleware looks at a seal or a signature to send visitors where they want to be. It asks no database, and middleware has been skipped before by a crafted header. The check that counts stands next to the data.",
    lesson: "authentication-and-authorisation",
  },
  {
    asks: "Two tabs present the same refresh token at the same moment. What happens in this app?",
    options: {
      a: "The second is taken for a thief, and both are signed out",
      b: "Both get the same successor",
      c: "Each gets a successor of its own",
      d: "The second is refused and keeps its old access token",
    },
    right: "b",
    because:
      "One of them wins the rotation. The other presents its immediate predecessor, which is pardoned for ten seconds and gets the very same text. Two different successors would be two tokens to steal.",
    lesson: "refresh-tokens",
  },
  {
    asks: "A stranger’s script runs in one of our pages. What does HttpOnly keep it from?",
    options: {
      a: "Running",
      b: "Sending requests to us that carry your cookie",
      c: "Reading the cookie and taking it away",
      d: "Seeing what is on the page",
    },
    right: "c",
    because:
      "The flag hides the cookie from scripts. The browser still attaches it to whatever the script sends from your page. That is bad enough, but it ends when the page is closed.",
    lesson: "where-to-keep-a-token",
  },
  {
    asks: "The signature of a token is good. What is certain?",
    options: {
      a: "That exactly this was signed with our private key",
      b: "That it was sent by the very person whom it names",
      c: "That what it says is still true",
      d: "That it has not been revoked",
    },
    right: "a",
    because:
      "A signature speaks of the text and of the moment of signing. Who sends the token now, and what has happened since, it cannot know.",
    lesson: "tokens",
  },
  {
    asks: "A request is answered with 403. What does that say?",
    options: {
      a: "The token has expired; renew it",
      b: "The server cannot tell who is calling",
      c: "The device session was ended; log in again",
      d: "The caller is known, and may not do this",
    },
    right: "d",
    because:
      "401 is about who you are: log in, or renew. 403 is about what you may do, and logging in again would not change it.",
    lesson: "authentication-and-authorisation",
  },
  {
    asks: "An administrator is made an ordinary member. Her access token says “admin” for twelve more minutes. What happens in this app?",
    options: {
      a: "She stays an administrator for twelve minutes",
      b: "The token is refused, and the renewed one says “member”",
      c: "She is signed out and has to log in again",
      d: "The server corrects the token on its way",
    },
    right: "b",
    because:
      "Every process hears of the new role within a second and refuses tokens that claim another as expired, which a client answers by renewing. Nobody is signed out. A signed token cannot be corrected, only replaced.",
    lesson: "authentication-and-authorisation",
  },
  {
    asks: "The database does not answer. Whom can this app, as it is delivered, still recognise?",
    options: {
      a: "Nobody",
      b: "Everybody who was signed in before",
      c: "Those in JWT mode, until their access token expires",
      d: "Those in session mode, until their session cookie expires",
    },
    right: "c",
    because:
      "A token is judged by its signature and by what the process already knows. A session is a row, and the row cannot be read. An operator who finds that too generous can have tokens refused as well.",
    lesson: "cost-and-scale",
  },
  {
    asks: "What is in the session cookie of this app?",
    options: {
      a: "A random id, encrypted",
      b: "Your user id and your role, signed",
      c: "Everything the server knows of your session, encrypted",
      d: "A hash of your password",
    },
    right: "a",
    because:
      "The facts stay in the database and are read when they are needed, so they are never out of date. The seal keeps others from reading or making such a cookie.",
    lesson: "sessions",
  },
  {
    asks: "Another company’s service fetches our public keys. What can it do with them?",
    options: {
      a: "Check our tokens, and hear when one is revoked",
      b: "Check our tokens, and renew them",
      c: "Make tokens that we accept",
      d: "Check our tokens, and nothing more",
    },
    right: "d",
    because:
      "A public key checks signatures and makes none. The feed of endings stays inside this app, so that service trusts a token until it expires.",
    lesson: "other-clients",
  },
  {
    asks: "An app for browsers, three servers, one database beside them. “Let us take JWTs, because sessions do not scale.” What is the soundest reply?",
    options: {
      a: "Yes: a second server cannot read the first one’s sessions",
      b: "One look-up by its key is rarely what limits such an app",
      c: "Yes: a signed token is safer than a random id",
      d: "No: a signature is slower to check than any database",
    },
    right: "b",
    because:
      "Servers that share a database share its sessions, and one look-up by primary key is small beside what a page usually asks. The difference becomes real with distance, with load you have measured, or with outages you must survive.",
    lesson: "cost-and-scale",
  },
];

/** The name of a question's field. */
export const fieldOf = (index: number): string => `q${index + 1}`;

export type Marks = {
  chosen: (Letter | undefined)[];
  right: number;
  answered: number;
};

/** Null where nothing was answered. What is no answer to one of these questions is passed over. */
export function mark(read: (field: string) => string | undefined): Marks | null {
  const chosen = QUIZ.map((_, index) => LETTERS.find((letter) => letter === read(fieldOf(index))));
  const answered = chosen.filter((letter) => letter !== undefined).length;
  if (answered === 0) return null;
  return { chosen, answered, right: QUIZ.filter(({ right }, index) => chosen[index] === right).length };
}
