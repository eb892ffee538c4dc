// A client without cookies: signs in for tokens, calls the API, renews when the access token runs out, logs out.
// Usage: node examples/bearer-client.mjs http://localhost:3000 ada@example.com 'a long password'

/** Keeps one pair of tokens and renews it once, however many calls find it expired at the same moment. */
export class HalfstateClient {
  #tokens = null;
  #renewal = null;

  constructor(baseUrl) {
    this.baseUrl = baseUrl;
  }

  async logIn(email, password) {
    this.#tokens = await this.#post("/api/auth/login", { email, password, transport: "bearer" });
    return this.#tokens.user;
  }

  /** Calls the API; an expired access token is renewed and the call made once more. */
  async fetch(path, init = {}) {
    const response = await this.#withToken(path, init);
    if (response.status !== 401) return response;
    const problem = await response.clone().json();
    if (problem.code !== "token_expired") return response;
    await this.renew();
    return this.#withToken(path, init);
  }

  renew() {
    this.#renewal ??= this.#post("/api/auth/refresh", { refreshToken: this.#tokens.refreshToken })
      .then((tokens) => (this.#tokens = tokens))
      .finally(() => (this.#renewal = null));
    return this.#renewal;
  }

  async logOut() {
    await this.#withToken("/api/auth/logout", { method: "POST" });
    this.#tokens = null;
  }

  /** For handing to another service that verifies it by itself (resource-server.mjs). */
  get accessToken() {
    return this.#tokens.accessToken;
  }

  #withToken(path, init) {
    const headers = { ...init.headers, authorization: `Bearer ${this.#tokens.accessToken}` };
    return fetch(this.baseUrl + path, { ...init, headers });
  }

  async #post(path, body) {
    const response = await fetch(this.baseUrl + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${path}: ${answer.code} (${answer.detail})`);
    return answer;
  }
}

const [, script, baseUrl, email, password] = process.argv;
if (script === import.meta.filename) {
  if (!password) {
    console.error("Usage: node examples/bearer-client.mjs <address> <email> <password>");
    process.exit(2);
  }
  const client = new HalfstateClient(baseUrl);
  const user = await client.logIn(email, password);
  console.log(`Signed in as ${user.name}.`);
  const me = await (await client.fetch("/api/me")).json();
  console.log(`The access token is good until ${me.session.credentialExpiresAt}.`);
  await client.renew();
  console.log("Renewed: a new access token, and a new refresh token in place of the old one.");
  await client.logOut();
  console.log("Logged out: both tokens are refused from now on.");
}
