// Headers as they arrive: a proxy may drop, repeat or replace what the app sent.
import { randomBytes } from "node:crypto";
import { codeOf, header, headerValues, outcome } from "./answers.mjs";
import { fault, judged, listed, warning } from "./findings.mjs";
import { many } from "./wire.mjs";

const EXPECTED = {
  "x-content-type-options": /^nosniff$/i,
  "referrer-policy": /^strict-origin-when-cross-origin$/i,
  "x-frame-options": /^DENY$/i,
  "permissions-policy": /\bcamera=\(\)/,
  "cross-origin-opener-policy": /^same-origin$/i,
  "cross-origin-resource-policy": /^same-origin$/i,
};

const PASS_ON =
  "Let the proxy pass the app's headers on and add none of its own under these names (nginx: proxy_hide_header, add_header).";

/** One answer of each kind, by name: what is true of a page need not be true of a file that the proxy serves itself. */
async function oneOfEach({ site, once }) {
  return once("one of each", async () => {
    const page = await site.send("GET", "/login");
    const file = /"(\/_next\/static\/[^"]+\.js)"/.exec(page.text)?.[1] ?? "/icon.svg";
    const paths = {
      "an API answer": "/api/me",
      "a static file": file,
      "a page that is not there": `/doctor-${randomBytes(4).toString("hex")}`,
      "a redirect": "/dashboard",
    };
    const rest = Object.entries(paths).map(async ([name, path]) => [name, await site.send("GET", path)]);
    return { "a page": page, ...Object.fromEntries(await Promise.all(rest)) };
  });
}

export const headers = {
  id: "headers",
  title: "Security headers on every kind of answer",
  asks: "Asks for a page, an API answer, a static file, a missing page and a redirect, and compares their headers with those the app sends.",
  measure: async (visit) => ({ answers: await oneOfEach(visit) }),
  judge({ answers }) {
    const findings = Object.entries(EXPECTED).flatMap(([name, expected]) => {
      const of = (test) =>
        listed(
          Object.entries(answers)
            .filter(([, answer]) => test(headerValues(answer, name)))
            .map(([kind]) => kind),
        );
      const missing = of((values) => values.length === 0);
      const changed = of((values) => values.length > 0 && !values.some((value) => expected.test(value)));
      const repeated = of((values) => values.length > 1);
      return [
        missing &&
          fault(
            `${name} is missing on ${missing}.`,
            "Browsers fall back to what is least strict there.",
            PASS_ON,
          ),
        changed &&
          fault(
            `${name} was changed on ${changed}.`,
            "Browsers do something else than the app asked for.",
            PASS_ON,
          ),
        repeated &&
          warning(
            `${name} comes more than once on ${repeated}.`,
            "Browsers differ in which of them they follow, and some follow none.",
            PASS_ON,
          ),
      ];
    });
    return judged(
      `${Object.keys(EXPECTED).length} headers on ${Object.keys(answers).length} kinds of answer`,
      findings,
    );
  },
};

const NONCE = /'nonce-([\w+/=-]{16,})'/;

export const policy = {
  id: "script-policy",
  title: "Only our scripts run, by a nonce for each answer",
  asks: "Fetches pages several times: each must have a policy of its own, whose nonce every script of that page carries.",
  async measure({ site }) {
    return { pages: await many(8, (n) => site.send("GET", n % 2 ? "/login" : "/signup"), 2) };
  },
  judge({ pages }) {
    const policies = pages.map((page) => headerValues(page, "content-security-policy"));
    const nonces = policies.map((values) => NONCE.exec(values[0] ?? "")?.[1] ?? null);
    const without = nonces.filter((nonce) => nonce === null).length;
    const fresh = new Set(nonces.filter(Boolean)).size;
    const loose = policies.filter((values) =>
      /script-src[^;]*'unsafe-(?:inline|eval)'/.test(values.join("; ")),
    ).length;
    const unclosed = listed(
      ["object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"].filter(
        (rule) => policies.some((values) => values.length > 0 && !values.join("; ").includes(rule)),
      ),
    );
    const strangers = pages.filter((page, n) =>
      (page.text.match(/<script\b[^>]*>/g) ?? []).some((tag) => !tag.includes(`nonce="${nonces[n]}"`)),
    ).length;
    const repeated = policies.filter((values) => values.length > 1).length;
    return judged(`${fresh} different nonces in ${pages.length} pages`, [
      without > 0 &&
        fault(
          `${without} of ${pages.length} pages have no script policy with a nonce.`,
          "A script that somebody smuggles into a page would run.",
          "Let the proxy pass Content-Security-Policy on as it comes.",
        ),
      fresh < pages.length - without &&
        fault(
          `${pages.length} pages share ${fresh} nonces.`,
          "Pages come out of a cache, and a nonce that is known beforehand protects nobody.",
          "Do not cache pages in the proxy or CDN: they say `no-store`. Only /_next/static may be kept.",
        ),
      without === 0 &&
        strangers > 0 &&
        fault(
          `${strangers} of ${pages.length} pages hold scripts without the nonce of their policy.`,
          "Something adds scripts on the way, or body and headers come from different answers; browsers refuse those scripts.",
          "Turn off what injects scripts (analytics, optimisers) or caches pages.",
        ),
      loose > 0 &&
        fault(
          `${loose} policies allow inline or evaluated scripts.`,
          "The policy then stops nothing.",
          "Take out what rewrites Content-Security-Policy.",
        ),
      unclosed &&
        fault(
          `The policy lacks ${unclosed}.`,
          "What the app closes stands open.",
          "Take out what rewrites Content-Security-Policy.",
        ),
      repeated > 0 &&
        warning(
          `${repeated} pages come with more than one policy.`,
          "Browsers apply them all, so that the stricter wins: scripts of the app may be refused.",
          "Have one place set Content-Security-Policy: the app.",
        ),
    ]);
  },
};

export const leaks = {
  id: "disclosure",
  title: "Nothing tells what runs here",
  asks: "Looks for `X-Powered-By`, and for version numbers in `Server` and `Via`.",
  measure: async (visit) => ({ answers: await oneOfEach(visit) }),
  judge({ answers }) {
    const all = Object.values(answers);
    const of = (name) => listed(all.flatMap((answer) => headerValues(answer, name)));
    const versioned = listed(
      ["server", "via"].flatMap((name) =>
        all.flatMap((answer) =>
          headerValues(answer, name).filter((value) => /[a-z][^,]*\/\d/i.test(value.replace(/^\d\.\d /, ""))),
        ),
      ),
    );
    return judged(`Server: ${of("server") || "none"}; X-Powered-By: ${of("x-powered-by") || "none"}`, [
      of("x-powered-by") &&
        warning(
          `X-Powered-By says ${of("x-powered-by")}.`,
          "Who searches for machines with a known hole finds this one.",
          "The app sends none: take it out of the proxy.",
        ),
      versioned &&
        warning(
          `A version number is told: ${versioned}.`,
          "Who searches for machines with a known hole finds this one.",
          "nginx: server_tokens off. Apache: ServerTokens Prod.",
        ),
    ]);
  },
};

export const requestIds = {
  id: "request-ids",
  title: "Each answer has an id of its own",
  asks: "Reads `x-request-id` of many answers.",
  async measure(visit) {
    const asked = await many(8, () => visit.site.send("GET", "/api/me"));
    return { answers: [...Object.values(await oneOfEach(visit)), ...asked] };
  },
  judge({ answers }) {
    const ids = answers.map((answer) => header(answer, "x-request-id"));
    const present = ids.filter(Boolean);
    return judged(`${new Set(present).size} different ids on ${answers.length} answers`, [
      present.length < ids.length &&
        warning(
          `${ids.length - present.length} of ${ids.length} answers have no x-request-id.`,
          "What somebody reports cannot be found in the log.",
          "Let the proxy pass x-request-id on.",
        ),
      new Set(present).size < present.length &&
        fault(
          "Some answers carry the id of another one.",
          "They come out of a cache, or something in front writes its own constant.",
          "Cache nothing but /_next/static, and let the app name its requests.",
        ),
    ]);
  },
};

export const errors = {
  id: "errors",
  title: "Refusals arrive as they were sent",
  asks: "Provokes refusals of each kind, and bodies of 64 KiB and beyond: each must arrive as problem+json with its code.",
  async measure({ site }) {
    const json = { "content-type": "application/json" };
    const large = (bytes) => ({
      headers: json,
      body: JSON.stringify({ email: "x".repeat(bytes - '{"email":""}'.length) }),
    });
    const provoked = [
      ["without a credential", "401 unauthenticated", "GET", "/api/me", {}],
      ["a path that is not there", "404 not_found", "GET", "/api/doctor-nothing", {}],
      ["a method that is not taken", "405 method_not_allowed", "DELETE", "/api/auth/login", {}],
      ["a garbled body", "400 invalid_json", "POST", "/api/auth/login", { headers: json, body: "{" }],
      ["an empty form", "422 validation_failed", "POST", "/api/auth/login", { json: {} }],
      [
        "a body of another kind",
        "415 unsupported_media_type",
        "POST",
        "/api/auth/login",
        { headers: { "content-type": "text/plain" }, body: "x" },
      ],
      [
        "a compressed body",
        "415 unsupported_media_type",
        "POST",
        "/api/auth/login",
        { headers: { ...json, "content-encoding": "gzip" }, body: "x" },
      ],
      ["a body of 64 KiB", "422 validation_failed", "POST", "/api/auth/login", large(64 * 1024)],
      ["a body beyond 64 KiB", "413 payload_too_large", "POST", "/api/auth/login", large(64 * 1024 + 1)],
    ];
    const refusals = await many(provoked.length, async (n) => {
      const [what, expected, method, path, outgoing] = provoked[n];
      return { what, expected, answer: await site.send(method, path, outgoing) };
    });
    return { refusals };
  },
  judge({ refusals }) {
    const wrong = refusals.filter(({ expected, answer }) => outcome(answer) !== expected);
    const crashed = wrong.filter(({ answer }) => answer.status >= 500);
    const replaced = wrong.filter(({ answer }) => answer.status < 500 && codeOf(answer) === null);
    const other = wrong.filter(({ answer }) => answer.status < 500 && codeOf(answer) !== null);
    const told = (list) =>
      list.map(({ what, expected, answer }) => `${what} (${outcome(answer)}, not ${expected})`).join("; ");
    return judged(`${refusals.length - wrong.length} of ${refusals.length} kinds as they should be`, [
      crashed.length > 0 &&
        fault(
          `Answered as a fault: ${told(crashed)}.`,
          "Bad input should be refused, not break something.",
          "See the logs of proxy and app under the answer's x-request-id.",
        ),
      replaced.length > 0 &&
        fault(
          `The body of a refusal was replaced: ${told(replaced)}.`,
          "Clients switch on `code`; without it they cannot tell what to do, and forms show no reason.",
          "Let the proxy pass error bodies on (nginx: proxy_intercept_errors off) and bodies up to at least 128 KiB in (client_max_body_size).",
        ),
      other.length > 0 &&
        fault(
          `Refused for another reason: ${told(other)}.`,
          "Something on the way changes methods, bodies or headers, or this address is limited just now.",
          "Compare with a request to the app itself, without the proxy.",
        ),
    ]);
  },
};
