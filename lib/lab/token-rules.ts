/** What an access token must be to be let in here, in the order in which the server asks, in words; the asking itself is in explain-token.ts. */

export type TokenRule = {
  id: string;
  /** A few words, for a list. */
  name: string;
  /** What is asked of a token. */
  demands: string;
  /** What would happen without it. */
  because: string;
  /** Where it is written down. */
  source: string;
};

export const TOKEN_RULES = [
  {
    id: "size",
    name: "Size",
    demands: "The token has at most 4,096 characters.",
    because: "Whoever has not shown a signature yet must not keep the server busy with long texts.",
    source: "RFC 9110, section 5.4",
  },
  {
    id: "spelling",
    name: "Spelling",
    demands: "It is three parts of base64url, none empty, without padding, white space or stray bits.",
    because:
      "A token that can be written in two ways slips past every list, cache or log that knows it by its text. A missing signature ends here too.",
    source: "RFC 7515, section 2",
  },
  {
    id: "header",
    name: "Header",
    demands: "The header is a JSON object.",
    because: "What cannot be read cannot say which key to verify with.",
    source: "RFC 7515, section 5.2",
  },
  {
    id: "key",
    name: "Key",
    demands: "The header’s kid names a key that this server publishes.",
    because:
      "The key comes from the server’s own set, never from the token: a key in jwk, or at an address in jku, would be the attacker’s.",
    source: "RFC 9068, section 4; RFC 8725, section 3.10",
  },
  {
    id: "critical",
    name: "Extensions",
    demands: "No extension is marked critical in crit that this server does not know.",
    because:
      "The sender says that the token means something else without it. To ignore it is to misread the token.",
    source: "RFC 7515, section 4.1.11",
  },
  {
    id: "algorithm",
    name: "Algorithm",
    demands: "alg is the one algorithm of that key.",
    because:
      "Who lets the token choose can be told “none”, or HS256 with the public key as the secret, which everybody knows.",
    source: "RFC 8725, section 3.1",
  },
  {
    id: "signature",
    name: "Signature",
    demands: "The signature over header and claims verifies with that key.",
    because: "Without the private key nobody can change one character of a token and keep it valid.",
    source: "RFC 7515, section 5.2; RFC 8725, section 3.3",
  },
  {
    id: "object",
    name: "Claims",
    demands: "The claims are a JSON object.",
    because: "A signed text of another kind is no set of claims.",
    source: "RFC 7519, section 7.2",
  },
  {
    id: "type",
    name: "Type",
    demands: "typ is at+jwt.",
    because:
      "Tokens for other purposes may be signed with the same key; one of them must not pass for an access token.",
    source: "RFC 9068, section 4; RFC 8725, section 3.11",
  },
  {
    id: "complete",
    name: "All claims",
    demands: "Every claim of an access token is there.",
    because: "A check of a claim that may be missing is no check: a token without exp would never end.",
    source: "RFC 9068, section 2.2",
  },
  {
    id: "issuer",
    name: "Issuer",
    demands: "iss is this server.",
    because: "Only what it issued itself does it answer for.",
    source: "RFC 9068, section 4; RFC 8725, section 3.8",
  },
  {
    id: "audience",
    name: "Audience",
    demands: "aud is this server.",
    because: "A token that a user gave to one service must not open another one to that service.",
    source: "RFC 9068, section 4; RFC 8725, section 3.9",
  },
  {
    id: "times",
    name: "Times",
    demands: "iat is a number, and so is nbf where there is one.",
    because: "A comparison with text is neither true nor false in a way that anybody meant.",
    source: "RFC 7519, sections 4.1.5 and 4.1.6",
  },
  {
    id: "not-before",
    name: "Not before",
    demands: "nbf, where there is one, has come.",
    because: "A token that is meant for later is not valid yet.",
    source: "RFC 7519, section 4.1.5",
  },
  {
    id: "expiry",
    name: "Expiry",
    demands: "exp is a number and not past, give or take 5 seconds.",
    because: "A stolen token is worth something only until it expires.",
    source: "RFC 7519, section 4.1.4",
  },
  {
    id: "age",
    name: "Age",
    demands: "It was issued no longer ago than any access token lives.",
    because: "So that even an exp in the far future lets no old token in.",
    source: "RFC 7519, section 4.1.6",
  },
  {
    id: "future",
    name: "Issued by now",
    demands: "iat is not in the future, give or take 5 seconds.",
    because: "A time of issue that has not come is a wrong clock or a lie, and would stretch the age above.",
    source: "RFC 7519, section 4.1.6",
  },
  {
    id: "shape",
    name: "Shape",
    demands: "Every claim has its type, and role is one that exists here.",
    because: "What is signed is not yet sensible. The handler must never meet a role that no rule knows.",
    source: "RFC 8725, section 3.10",
  },
  {
    id: "revocation",
    name: "Not revoked",
    demands: "Its device session has not been ended.",
    because:
      "A signature stays valid after a sign-out. The list of what was ended is asked on every request, in memory.",
    source: "RFC 7009, section 2; docs/decisions/006",
  },
  {
    id: "role",
    name: "Role of today",
    demands: "The role in it is the one that the account has now.",
    because: "Somebody who is no longer an administrator must not stay one until the token expires.",
    source: "docs/decisions/006",
  },
] as const satisfies readonly TokenRule[];

export type RuleId = (typeof TOKEN_RULES)[number]["id"];

export const ruleOf = (id: RuleId): TokenRule => TOKEN_RULES.find((rule) => rule.id === id)!;

/** Rules that are asked after all that the token alone can tell. */
export const LIVE_RULES: readonly RuleId[] = ["revocation", "role"];
