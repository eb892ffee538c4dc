/** A token in its three parts, each in its colour and by its name, with what it says as far as it can be read. */
import type { ReactNode } from "react";

import { takeApart, type Json } from "@/lib/lab/token-parts";

type Props = {
  token: string;
  /** The token before somebody changed it: what differs is marked. */
  before?: string;
};

export function TokenText({ token, before }: Props) {
  const now = takeApart(token);
  const then = before === undefined ? now : takeApart(before);
  return (
    <div className="grid gap-x-6 gap-y-5 lg:grid-cols-2">
      <p
        className="code bg-sunken rounded-control self-start p-4 leading-relaxed break-all"
        data-testid="token-text"
        aria-label="The token"
        role="group"
      >
        <span className="text-part-header">{now.header.text}</span>.
        <span className="text-part-claims">{now.claims.text}</span>.
        <span className="text-part-signature">{now.signature.text}</span>
      </p>
      <div className="min-w-0 space-y-4">
        <Part name="Header" look="border-part-header text-part-header">
          <Members now={now.header.json} then={then.header.json} />
        </Part>
        <Part name="Claims" look="border-part-claims text-part-claims">
          <Members now={now.claims.json} then={then.claims.json} />
        </Part>
        <Part name="Signature" look="border-part-signature text-part-signature">
          <p className="text-ink text-sm">{signatureWords(now.signature.text, then.signature.text)}</p>
        </Part>
      </div>
    </div>
  );
}

const Part = ({ name, look, children }: { name: string; look: string; children: ReactNode }) => (
  <section aria-label={name} className={`border-s-2 ps-3 ${look}`}>
    <h3 className="text-sm font-semibold">{name}</h3>
    <div className="mt-1">{children}</div>
  </section>
);

function signatureWords(now: string, then: string): string {
  if (now === "") return "None.";
  return now === then
    ? "As it was issued."
    : `Another one, ${now.length} characters. The one it was issued with had ${then.length}.`;
}

const TIMES = ["iat", "nbf", "exp", "session_exp"];

/** Marked in words as well as by weight, so that no change is told by colour. */
function Members({ now, then }: { now: Json | null; then: Json | null }) {
  if (!now) return <p className="text-ink text-sm">This is no JSON object.</p>;
  const gone = Object.keys(then ?? {}).filter((name) => !Object.hasOwn(now, name));
  return (
    <ul className="code text-ink space-y-0.5 break-all">
      {Object.entries(now).map(([name, value]) => (
        <Member key={name} name={name} value={value} mark={markOf(name, value, then)} />
      ))}
      {gone.map((name) => (
        <Member key={name} name={name} value={then![name]} mark="taken out" />
      ))}
    </ul>
  );
}

function Member({ name, value, mark }: { name: string; value: unknown; mark: string | null }) {
  const text = `${name}: ${JSON.stringify(value)}`;
  return (
    <li>
      {mark === "taken out" ? <s>{text}</s> : mark ? <strong>{text}</strong> : text}
      {TIMES.includes(name) && <span className="text-soft"> {timeText(value)}</span>}
      {mark && (
        <span className="border-edge text-ink ms-2 inline-block rounded border px-1 font-sans text-xs">
          {mark}
        </span>
      )}
    </li>
  );
}

function markOf(name: string, value: unknown, then: Json | null): string | null {
  if (!then || !Object.hasOwn(then, name)) return then ? "added" : null;
  return JSON.stringify(then[name]) === JSON.stringify(value) ? null : "changed";
}

/** As UTC, because the server draws it too; nothing where the number is no moment. */
function timeText(value: unknown): string {
  const at = typeof value === "number" ? new Date(value * 1000) : null;
  return at && !Number.isNaN(at.getTime()) ? at.toISOString().slice(0, 19).replace("T", " ") + " UTC" : "";
}
