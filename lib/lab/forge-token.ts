/** Tokens as somebody would make them who has a genuine one and everything public, but not the server's private key. */
import { createHmac, createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import type { JWK } from "jose";
import { publicKeySet } from "@/lib/auth/keys.edge";
import { takeApart, type Json } from "./token-parts";
import type { Edit } from "./token-presets";

export function forgeToken(genuine: string, { header, claims, signing }: Edit, now: Date): string {
  const { header: head, claims: body, signature } = takeApart(genuine);
  const own = signing === "own-key" ? newKeyLike(head.json!, now) : null;
  const asked: Json =
    signing === "none"
      ? { alg: "none" }
      : signing === "public-key"
        ? { alg: "HS256" }
        : own
          ? { jwk: own.jwk }
          : {};
  const text = [changed(head, { ...asked, ...header }), changed(body, claims)].join(".");
  switch (signing) {
    case "kept":
      return `${text}.${signature.text}`;
    case "padded":
      return `${text}.${signature.text}==`;
    case "spaced":
      return `${text}. ${signature.text}`;
    case "none":
      return `${text}.`;
    case "public-key":
      return `${text}.${createHmac("sha256", publicPem(head.json!, now)).update(text).digest("base64url")}`;
    case "own-key":
      return `${text}.${signatureOf(text, own!.privateKey)}`;
  }
}

/** As it was, to the character, where nothing is changed. */
function changed({ text, json }: { text: string; json: Json | null }, patch: Json): string {
  const before = json ?? {};
  const after = Object.fromEntries(
    Object.entries({ ...before, ...patch }).filter(([, value]) => value !== null),
  );
  if (JSON.stringify(after) === JSON.stringify(before)) return text;
  return Buffer.from(JSON.stringify(after)).toString("base64url");
}

/** What GET /.well-known/jwks.json gives to everybody. */
function publicKey({ kid }: Json, now: Date): JWK {
  const key = publicKeySet(now).keys.find((candidate) => candidate.kid === kid);
  if (!key) throw new Error("The genuine token names a key that is not published.");
  return key;
}

const publicPem = (header: Json, now: Date): string | Buffer =>
  createPublicKey({ key: publicKey(header, now), format: "jwk" }).export({ type: "spki", format: "pem" });

/** Of the server's kind, so that nothing but whose it is can be what is refused. */
function newKeyLike(header: Json, now: Date): { privateKey: KeyObject; jwk: object } {
  const { privateKey, publicKey: own } =
    publicKey(header, now).kty === "OKP"
      ? generateKeyPairSync("ed25519")
      : generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { privateKey, jwk: own.export({ format: "jwk" }) };
}

function signatureOf(text: string, privateKey: KeyObject): string {
  const isEdwards = privateKey.asymmetricKeyType === "ed25519";
  const signed = isEdwards
    ? sign(null, Buffer.from(text), privateKey)
    : sign("sha256", Buffer.from(text), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return signed.toString("base64url");
}
