// Whether the deployment is up, is at the address it believes to be at, and is reached over a wire that nobody else reads.
import { header, isLoopback, jsonOf, leadsTo, outcome, readToken, tally } from "./answers.mjs";
import { fault, judged, listed, skipped, warning } from "./findings.mjs";
import { exchange, many, NoAnswer } from "./wire.mjs";

const DAY_MS = 24 * 60 * 60 * 1000;

/** How many processes told their `instance`; null where none did. */
export function instancesIn(answers) {
  const seen = new Set(answers.map((answer) => jsonOf(answer)?.instance).filter(Boolean));
  return seen.size === 0 ? null : seen.size;
}

export const seenInstances = (count) =>
  count === null
    ? "how many instances there are cannot be told"
    : count === 1
      ? "1 instance seen"
      : `${count} instances seen`;

export const health = {
  id: "health",
  title: "Alive and ready, on every connection",
  asks: "Asks `/api/health/live` and `/api/health/ready` over and over, and counts the instances that answer.",
  async measure({ site, connections }) {
    const ask = (path) => many(connections, () => site.send("GET", path));
    const [live, ready] = [await ask("/api/health/live"), await ask("/api/health/ready")];
    return { live, ready };
  },
  judge({ live, ready }) {
    const reports = ready.map(jsonOf);
    const dead = live.filter(({ status }) => status !== 200);
    const unready = ready.filter(({ status }) => status !== 200);
    const silent = reports.filter((report) => report?.revocationFeed?.status === "silent");
    const differing = listed(reports.flatMap((report) => report?.configuration?.differs ?? []));
    return judged(
      `${ready.length - unready.length} of ${ready.length} ready; ${seenInstances(instancesIn([...live, ...ready]))}`,
      [
        dead.length > 0 &&
          fault(
            `/api/health/live answered ${tally(dead.map(outcome))}.`,
            "A process that should be replaced still gets requests, or something in front of it answers in its place.",
            "Let the balancer ask /api/health/live, and look at the log of the instance that fails.",
          ),
        unready.length > 0 &&
          fault(
            `/api/health/ready answered ${tally(unready.map(outcome))} (database: ${listed(reports.map((report) => report?.database ?? "unknown"))}).`,
            "An instance without its database gets requests: log-ins there fail with 503, and session mode with them.",
            "Check DATABASE_URL and the database's reachability from each instance, and let the balancer ask /api/health/ready.",
          ),
        silent.length > 0 &&
          fault(
            `On ${silent.length} of ${ready.length} connections the instance has not heard of revocations lately.`,
            "JWT mode there may accept a token that was revoked on another instance.",
            "Mend its way to the database. REVOCATION_ON_OUTAGE=refuse makes such an instance refuse rather than guess.",
          ),
        differing &&
          fault(
            `The instances say themselves that these variables differ between them: ${differing}.`,
            "What one instance issues, another refuses.",
            `Give every instance the same ${differing}, and restart them.`,
          ),
      ],
    );
  },
};

export const address = {
  id: "address",
  title: "APP_URL is the address in use",
  asks: "Compares APP_URL, the origin that forms may come from, and the issuer of tokens with the address that the doctor was given.",
  async measure({ site, people }) {
    const description = jsonOf(await site.send("GET", "/api/openapi.json"));
    const person = await people.who("jwt");
    return {
      origin: site.origin,
      appUrl: description?.servers?.[0]?.url ?? null,
      // Without a credential it changes nothing, and is refused all the same where the origin is not ours.
      ownForm: await site.send("POST", "/api/auth/logout", { headers: { origin: site.origin } }),
      issuer: readToken(person.cookies.get("access")?.value ?? "")?.claims.iss ?? null,
    };
  },
  judge({ origin, appUrl, ownForm, issuer }) {
    return judged(`APP_URL is ${appUrl ?? "not told"}, tokens are issued by ${issuer ?? "nobody"}`, [
      appUrl !== origin &&
        fault(
          `APP_URL is ${appUrl}, and people use ${origin}.`,
          "Forms are refused as coming from elsewhere, and cookies may be named and flagged for another scheme.",
          `Set APP_URL=${origin}, or have people use ${appUrl}.`,
        ),
      ownForm.status !== 204 &&
        fault(
          `A form of ${origin} itself is refused: ${outcome(ownForm)}.`,
          "Nobody can log in with a browser.",
          `Set APP_URL=${origin}, and let the proxy pass Origin and Sec-Fetch-Site on as they come.`,
        ),
      issuer !== null &&
        issuer !== origin &&
        issuer !== appUrl &&
        warning(
          `Tokens name ${issuer} as their issuer.`,
          "Other services that look for this deployment's keys under its issuer will look there.",
          "If that is not meant, leave TOKEN_ISSUER out: it is APP_URL then.",
        ),
    ]);
  },
};

export const transport = {
  id: "transport",
  title: "Nobody reads along",
  asks: "Looks at the certificate and its days, at what plain http answers beside https, and at HSTS.",
  async measure({ site }) {
    const answer = await site.send("GET", "/login");
    return {
      origin: site.origin,
      isHttps: site.isHttps,
      isLoopback: isLoopback(answer.remoteAddress),
      certificate: answer.certificate,
      hsts: header(answer, "strict-transport-security"),
      plain: site.isHttps ? await plainHttp(site) : null,
      now: Date.now(),
    };
  },
  judge({ origin, isHttps, isLoopback: isHere, certificate, hsts, plain, now }) {
    if (!isHttps && isHere) return skipped("plain http on this very machine");
    if (!isHttps)
      return judged("plain http", [
        fault(
          "Passwords and cookies travel in the clear.",
          "Whoever sits on the way reads them, and can sign in as anybody.",
          "Put a proxy with TLS in front and set APP_URL=https://…: that turns on secure cookies and HSTS.",
        ),
      ]);
    const days = Math.floor((Date.parse(certificate.validTo) - now) / DAY_MS);
    const seconds = Number(/max-age=(\d+)/.exec(hsts ?? "")?.[1] ?? 0);
    const target = plain && leadsTo(plain, origin);
    const isRedirect = plain && plain.status >= 300 && plain.status < 400 && target?.protocol === "https:";
    return judged(
      `certificate good for ${days} days; plain http ${plain === undefined ? "not asked (the port is not 443)" : plain === null ? "closed" : isRedirect ? "redirects" : `answers ${plain.status}`}`,
      [
        days < 0 &&
          fault(
            `The certificate ended ${-days} days ago.`,
            "Browsers warn people away, and HSTS leaves them no way past.",
            "Renew it.",
          ),
        days >= 0 &&
          days < 14 &&
          warning(
            `The certificate ends in ${days} days.`,
            "Its renewal should have happened by now.",
            "Look at what renews it.",
          ),
        !certificate.isTrusted &&
          warning(
            "The certificate is not trusted here; --insecure looked past that.",
            "A browser would not, and what sits in between could be anybody.",
            "Use a certificate of a public authority, or name its own in NODE_EXTRA_CA_CERTS.",
          ),
        plain &&
          plain.status < 400 &&
          !isRedirect &&
          fault(
            `http://${new URL(origin).hostname} answers ${plain.status} instead of leading to https.`,
            "A password typed there travels in the clear.",
            `Let the proxy answer http with a redirect to ${origin}, or close the port.`,
          ),
        seconds < 31_536_000 &&
          fault(
            hsts === null
              ? "Strict-Transport-Security is missing."
              : `Strict-Transport-Security is "${hsts}".`,
            "A browser's first request may go out over http, where it can be caught.",
            "Set APP_URL=https://… and let the proxy pass the header on.",
          ),
      ],
    );
  },
};

/** What plain http answers beside https; null where nothing does, undefined where nobody would ask. */
async function plainHttp(site) {
  const url = new URL(site.origin.replace("https:", "http:"));
  if (new URL(site.origin).port !== "") return undefined;
  try {
    return await exchange(url, "GET", "/login", { timeoutMs: 3_000 });
  } catch (error) {
    if (error instanceof NoAnswer) return null;
    throw error;
  }
}

export const metrics = {
  id: "metrics",
  title: "Metrics are not for everybody",
  asks: "Asks for `/metrics` without a token.",
  measure: async ({ site }) => ({ answer: await site.send("GET", "/metrics") }),
  judge({ answer }) {
    if (answer.status !== 200) return judged(`/metrics answers ${outcome(answer)}`);
    if (isLoopback(answer.remoteAddress))
      return skipped("open to this very machine, as it may be; ask again from another one");
    return judged("/metrics answers 200 without a token", [
      fault(
        "/metrics can be read by anybody.",
        "It tells how many people log in, how many fail, and how busy the machines are.",
        "Let the proxy refuse /metrics, or set METRICS_TOKEN and have only the collector know it.",
      ),
    ]);
  },
};

export const streaming = {
  id: "streaming",
  title: "Answers arrive as they are written",
  asks: "Runs one experiment of the Lab, which sends its steps for eight seconds, and looks when they arrive.",
  measure: async ({ site }) => ({ answer: await site.send("POST", "/api/lab/outage", { json: {} }) }),
  judge({ answer }) {
    if (answer.status !== 200) return skipped(`the Lab answers ${outcome(answer)}`);
    const [first, last] = [answer.arrivals[0], answer.arrivals.at(-1)];
    // Sent at once there is nothing to hold back.
    if (last < 200) return skipped("the experiment was over too soon to tell");
    return judged(`first step after ${Math.round(first)} ms, last after ${Math.round(last)} ms`, [
      last - first < last / 4 &&
        warning(
          "The steps of an experiment arrive all together, at its end.",
          "Something holds answers back until they are whole: the Lab shows nothing while an experiment runs.",
          "Turn buffering off for /api/lab (nginx: proxy_buffering off).",
        ),
    ]);
  },
};
