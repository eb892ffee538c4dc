// Another service that believes Halfstate's access tokens: it knows the public keys and nothing else of Halfstate.
// Usage: PORT=4001 ISSUER=http://localhost:3000 node examples/resource-server.mjs
import { createServer } from "node:http";
import { createRemoteJWKSet, jwtVerify } from "jose";

const issuer = process.env.ISSUER ?? "http://localhost:3000";
const audience = process.env.AUDIENCE ?? issuer;
// Fetched when a key is first needed, kept, and fetched again for an unknown key at most every 30 seconds.
const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", issuer));

async function callerOf(request) {
  const token = /^Bearer ([\w.-]+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (!token) return null;
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      typ: "at+jwt",
      algorithms: ["EdDSA", "ES256"],
      requiredClaims: ["sub", "sid", "role", "exp", "iat"],
      maxTokenAge: "1h",
      clockTolerance: 5,
    });
    return payload;
  } catch {
    return null;
  }
}

const server = createServer(async (request, response) => {
  const caller = await callerOf(request);
  response.setHeader("content-type", "application/json");
  response.setHeader("cache-control", "private, no-store");
  if (!caller) {
    response.writeHead(401, { "www-authenticate": 'Bearer error="invalid_token"' });
    return response.end(JSON.stringify({ code: "credential_invalid" }));
  }
  // What a logout revokes, this service learns when the token expires, at most 15 minutes later: it does not hear the feed.
  response.end(JSON.stringify({ report: `For the eyes of ${caller.name} only.`, role: caller.role }));
});

server.listen(Number(process.env.PORT ?? 4001), "127.0.0.1", () => {
  console.log(`Resource server at http://localhost:${server.address().port}, trusting ${issuer}`);
});
