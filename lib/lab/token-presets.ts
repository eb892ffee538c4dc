/** The classic attacks on a token, each as the change that makes it; pure data, for the server and the page. */
import type { Json } from "./token-parts";

/** How somebody without the server's private key can sign. */
export const SIGNINGS = ["kept", "none", "public-key", "own-key"] as const;
/** And two other spellings of a token whose signature is kept. */
export type Signing = (typeof SIGNINGS)[number] | "padded" | "spaced";

/** What is named replaces what the token says; null takes it out. */
export type Edit = { header: Json; claims: Json; signing: Signing };

/** What this server signs itself although it must refuse it: fixed, and for lab identities only (refused-tokens.ts). */
export const REFUSED_TOKENS = ["expired", "audience", "type", "future"] as const;
export type RefusedToken = (typeof REFUSED_TOKENS)[number];

type Preset = {
  id: string;
  title: string;
  /** What the attacker hopes for. */
  hope: string;
} & ({ edit: Edit } | { signedHere: RefusedToken });

const admin = { role: "admin" };

export const PRESETS = [
  {
    id: "forged-role",
    title: "Forge the role",
    hope: "Nobody looks at the signature.",
    edit: { header: {}, claims: admin, signing: "kept" },
  },
  {
    id: "alg-none",
    title: "alg: none",
    hope: "The verifier takes the header’s word that no signature is needed.",
    edit: { header: {}, claims: admin, signing: "none" },
  },
  {
    id: "alg-none-signed",
    title: "alg: none, signature left on",
    hope: "The signature is there, and nobody verifies it.",
    edit: { header: { alg: "none" }, claims: admin, signing: "kept" },
  },
  {
    id: "key-confusion",
    title: "Key confusion",
    hope: "The verifier takes its public key, which everybody can fetch, for an HMAC secret.",
    edit: { header: {}, claims: admin, signing: "public-key" },
  },
  {
    id: "embedded-key",
    title: "Embedded key",
    hope: "The verifier uses the key that the token brings along.",
    edit: { header: {}, claims: admin, signing: "own-key" },
  },
  {
    id: "unknown-key",
    title: "Unknown key",
    hope: "The verifier looks for the key elsewhere, or takes any.",
    edit: { header: { kid: "attacker" }, claims: admin, signing: "own-key" },
  },
  {
    id: "no-key",
    title: "No key id",
    hope: "The verifier tries every key that it has.",
    edit: { header: { kid: null }, claims: {}, signing: "kept" },
  },
  {
    id: "padded",
    title: "Padding",
    hope: "One token in two texts: a list of revoked tokens knows only one of them.",
    edit: { header: {}, claims: {}, signing: "padded" },
  },
  {
    id: "spaced",
    title: "White space",
    hope: "The same, with a space that the decoder drops.",
    edit: { header: {}, claims: {}, signing: "spaced" },
  },
  {
    id: "expired",
    title: "Expired",
    hope: "The signature is right, so the time does not matter.",
    signedHere: "expired",
  },
  {
    id: "audience",
    title: "Another audience",
    hope: "A token for another service opens this one.",
    signedHere: "audience",
  },
  {
    id: "type",
    title: "Another type",
    hope: "Any JWT with the right signature will do.",
    signedHere: "type",
  },
  {
    id: "future",
    title: "From the future",
    hope: "Nobody asks when it was issued.",
    signedHere: "future",
  },
] as const satisfies readonly Preset[];

export type PresetId = (typeof PRESETS)[number]["id"];

export const presetOf = (id: PresetId): Preset => PRESETS.find((preset) => preset.id === id)!;
