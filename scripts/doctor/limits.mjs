// Limits: that they count on all instances together, and cannot be slipped by naming another address.
import { header, isLoopback, outcome, tally } from "./answers.mjs";
import { fault, judged, skipped, untried, warning } from "./findings.mjs";
import { cookieHeader, inventedEmail } from "./people.mjs";
import { many } from "./wire.mjs";

const wrongPassword = (site, email, headers = {}) =>
  site.send("POST", "/api/auth/login", { json: { email, password: "not the password" }, headers });

const judgedWrong = (answers) =>
  answers.filter((answer) => outcome(answer) === "401 invalid_credentials").length;
const limited = (answers) => answers.filter(({ status }) => status === 429).length;

export const limiter = {
  id: "limiter",
  title: "Wrong passwords are counted by all instances together",
  asks: "Sends wrong passwords for one account at once on connections of their own, and then the right one: five may be judged, the rest must wait.",
  async measure({ site, people, passwordFailures }) {
    const person = await people.who("session");
    // More than three instances could judge if each counted for itself.
    const wrong = await many(passwordFailures * 3 + 3, () => wrongPassword(site, person.email), 8);
    const { email, password } = person;
    const right = await many(3, () => site.send("POST", "/api/auth/login", { json: { email, password } }));
    // A browser that the account knows has a count of its own: no stranger can lock its owner out.
    const owner = await site.send("POST", "/api/auth/login", {
      json: { email, password },
      headers: { cookie: cookieHeader(person.cookies, ["device"]) },
    });
    return { allowed: passwordFailures, wrong, right, owner };
  },
  judge({ allowed, wrong, right, owner }) {
    const judgedCount = judgedWrong(wrong);
    const refused = limited(wrong);
    if (judgedCount === 0 && refused === wrong.length)
      return untried(`this address is limited already; try again in ${header(wrong[0], "retry-after")} s`);
    const other = wrong.filter(
      (answer) => ![429].includes(answer.status) && outcome(answer) !== "401 invalid_credentials",
    );
    const open = right.filter(({ status }) => status === 200).length;
    const tells = right.some(
      (answer) => answer.status === 429 && answer.text !== wrong.find(({ status }) => status === 429)?.text,
    );
    const unpaced = wrong.filter(
      (answer) => answer.status === 429 && !(Number(header(answer, "retry-after")) > 0),
    ).length;
    return judged(`${judgedCount} of ${wrong.length} wrong passwords judged, ${refused} told to wait`, [
      judgedCount > allowed &&
        fault(
          `${judgedCount} wrong passwords were judged where ${allowed} may be.`,
          "The instances count each for itself, so that every one more lets guesses in, or the limit was raised.",
          `Give all instances the same DATABASE_URL (and REDIS_URL where it is used). If LIMIT_PASSWORD_FAILURES is meant to be ${judgedCount}, say so with --password-failures ${judgedCount}.`,
        ),
      judgedCount < allowed &&
        other.length === 0 &&
        warning(
          `Only ${judgedCount} wrong passwords were judged where ${allowed} may be.`,
          "Other failures from this address count too, or LIMIT_PASSWORD_FAILURES is lower than 5.",
          `Nothing, if that is so; --password-failures ${Math.max(1, judgedCount)} tells the doctor of another limit.`,
        ),
      other.length > 0 &&
        warning(
          `Answered otherwise: ${tally(other.map(outcome))}.`,
          "A proxy's own limit, or a full hashing queue, came before the app's.",
          "Have the proxy's limit leave room for the app's, which knows accounts; HASH_WORKERS and HASH_QUEUE_LIMIT make the queue wider.",
        ),
      judgedCount <= allowed &&
        open > 0 &&
        fault(
          `The right password was accepted ${open} of ${right.length} times while the account had to wait.`,
          "Waiting tells a guesser nothing only if the right password waits too.",
          "Give all instances the same DATABASE_URL (and REDIS_URL where it is used).",
        ),
      tells &&
        fault(
          "While waiting, the right password is answered in other words than a wrong one.",
          "A guesser learns which of the guesses was right.",
          "Update the app, and look for what rewrites its answers.",
        ),
      unpaced > 0 &&
        warning(
          `Retry-After is missing on ${unpaced} of ${refused} refusals.`,
          "Clients do not know how long to wait, and try at once.",
          "Let the proxy pass Retry-After on.",
        ),
      owner.status === 429 &&
        warning(
          "The owner's own browser has to wait too.",
          "A stranger's guesses can keep people out of their accounts.",
          "Give every instance the same SESSION_SECRET, and let the proxy pass all cookies on.",
        ),
    ]);
  },
};

/** Documentation addresses (RFC 5737): nobody has them. */
const invented = (n) => `198.51.100.${n + 1}`;
const NEAREST = "203.0.113.7";
/** All the names under which proxies tell an address. */
const claiming = (address) => ({
  "x-forwarded-for": address,
  "x-real-ip": address.split(",")[0],
  "true-client-ip": address.split(",")[0],
  "cf-connecting-ip": address.split(",")[0],
  forwarded: `for=${address.split(",")[0]}`,
});

export const forwardedFor = {
  id: "forwarded-for",
  title: "Nobody chooses the address they are counted under",
  asks: "Sends wrong passwords for an account that does not exist, each with another `X-Forwarded-For`: they must be counted together all the same.",
  async measure({ site, passwordFailures }) {
    const guesses = (addressOf) => {
      const email = inventedEmail();
      return many(passwordFailures + 3, (n) => wrongPassword(site, email, claiming(addressOf(n))), 4);
    };
    const changing = await guesses(invented);
    const isHere = isLoopback(changing[0].remoteAddress);
    // Asked from a machine that is a trusted proxy itself, its word is believed rightly. But a chain is believed to its end only
    // where everybody is trusted.
    const chained =
      isHere && limited(changing) === 0 ? await guesses((n) => `${invented(n)}, ${NEAREST}`) : null;
    return { allowed: passwordFailures, changing, chained };
  },
  judge({ allowed, changing, chained }) {
    const judgedCount = judgedWrong(changing);
    if (judgedCount === 0)
      return untried(
        limited(changing)
          ? "this address is limited already"
          : `log-ins are answered with ${tally(changing.map(outcome))}`,
      );
    if (chained !== null && limited(chained) > 0)
      return skipped("this machine is one of TRUSTED_PROXIES itself; ask again from another one");
    return judged(
      `${judgedCount} of ${changing.length} wrong passwords judged, each from another claimed address`,
      [
        judgedCount > allowed &&
          fault(
            "Whoever sends X-Forwarded-For is counted under any address they like.",
            "The limits on passwords and sign-ups do not hold, and the addresses in the audit trail are inventions.",
            "Set TRUSTED_PROXIES to the addresses of your own proxies alone, never to everybody (0.0.0.0/0), and let the outermost proxy set the header afresh (nginx: proxy_set_header X-Forwarded-For $remote_addr).",
          ),
      ],
    );
  },
};
