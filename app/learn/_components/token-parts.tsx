/** The three parts of an access token, encoded as they travel and decoded as anybody can read them. */
const HEADER = { alg: "EdDSA", kid: "2026-01", typ: "at+jwt" };
const PAYLOAD = {
  sid: "Zp0hY2…",
  email: "ada@example.com",
  name: "Ada",
  role: "member",
  session_exp: 1_795_860_900,
  iss: "https://app.example.com",
  aud: "https://app.example.com",
  sub: "u1Vd9k…",
  iat: 1_793_268_900,
  exp: 1_793_269_800,
  jti: "0b8e1c…",
};

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const readable = (value: object) => JSON.stringify(value, null, 1).slice(2, -2).replaceAll(/^ /gm, "");

const PARTS = [
  {
    name: "Header",
    purpose: "How it is signed, and with which key",
    travels: encoded(HEADER),
    says: readable(HEADER),
  },
  {
    name: "Payload",
    purpose: "Who, for whom, which device session, until when",
    travels: encoded(PAYLOAD),
    says: readable(PAYLOAD),
  },
  {
    name: "Signature",
    purpose: "Over both, made with the private key",
    travels: "86 characters that no one else can make",
    says: null,
  },
];

export function TokenParts() {
  return (
    <ol data-mode="jwt" className="grid gap-3 md:grid-cols-[1fr_1.6fr_0.8fr]">
      {PARTS.map(({ name, purpose, travels, says }, index) => (
        <li key={name} className="rounded-card border-mode-line bg-mode-tint flex flex-col border p-4">
          <p className="text-mode text-sm font-semibold">
            {index + 1}. {name}
          </p>
          <p className="mt-0.5 text-sm">{purpose}</p>
          <p className={`mt-3 line-clamp-3 text-[0.8125rem] wrap-anywhere ${says ? "code" : "italic"}`}>
            {says && index > 0 && "."}
            {travels}
          </p>
          {says && (
            <pre className="code border-mode-line mt-3 border-t pt-3 text-[0.8125rem] wrap-anywhere whitespace-pre-wrap">
              {says}
            </pre>
          )}
        </li>
      ))}
    </ol>
  );
}
