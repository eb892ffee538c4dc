/** What starts the token bench: the classic attacks by one click each, or an edit of one's own. */
import type { Flash } from "@/lib/http/flash";
import { PRESETS, SIGNINGS } from "@/lib/lab/token-presets";

import { JsonField } from "../_components/json-field";

const SIGNED: Record<(typeof SIGNINGS)[number], [name: string, what: string]> = {
  kept: ["Keep the old signature", "and hope that nobody verifies it"],
  none: ["No signature", "with alg: none in the header"],
  "public-key": ["HS256 with the public key", "which everybody can fetch, as the secret"],
  "own-key": ["A key of my own", "made now, and put into the header as jwk"],
};

/** `flash`: what a form without JavaScript was refused for, and what was typed into it. */
export function TokenBenchFields({ flash }: { flash: Flash | null }) {
  const { values = {}, errors = {} } = flash ?? {};
  return (
    <div className="space-y-8">
      <fieldset>
        <legend className="font-semibold">The classic attacks</legend>
        <div className="mt-3 flex flex-wrap gap-2">
          <button type="submit" name="preset" value="all" formNoValidate className="button button-primary">
            Send them all
          </button>
          {PRESETS.map(({ id, title }) => (
            <button
              key={id}
              type="submit"
              name="preset"
              value={id}
              formNoValidate
              className="button button-plain"
            >
              {title}
            </button>
          ))}
        </div>
      </fieldset>
      <fieldset className="card p-4 sm:p-6">
        <legend className="px-1.5 font-semibold">Or one of your own</legend>
        <div className="grid gap-5 md:grid-cols-2">
          <JsonField
            name="header"
            label="Change the header"
            defaultValue={values.header ?? "{}"}
            error={errors.header?.join(" ")}
            hint='Has alg, kid and typ. What you name replaces it, null takes it out: {"kid": null}'
          />
          <JsonField
            name="claims"
            label="Change the claims"
            defaultValue={values.claims ?? '{"role": "admin"}'}
            error={errors.claims?.join(" ")}
            hint="Has iss, aud, sub, sid, email, name, role, session_exp, iat, exp and jti."
          />
        </div>
        <fieldset className="mt-5">
          <legend className="mb-2 text-[0.9375rem] font-medium">Sign it</legend>
          <div className="grid gap-2 md:grid-cols-2">
            {SIGNINGS.map((id) => (
              <label key={id} className="flex items-baseline gap-2.5 text-[0.9375rem] leading-relaxed">
                <input
                  type="radio"
                  name="signing"
                  value={id}
                  className="accent-ink"
                  defaultChecked={(values.signing ?? "kept") === id}
                />
                <span>
                  {SIGNED[id][0]} <span className="text-soft">{SIGNED[id][1]}</span>
                </span>
              </label>
            ))}
          </div>
        </fieldset>
        <button type="submit" className="button button-primary mt-5">
          Change it and send it
        </button>
        <p className="text-soft mt-3 text-sm">
          What you change is kept with the result for 30 days, open to whoever has its link.
        </p>
      </fieldset>
    </div>
  );
}
