import type { Flash } from "@/lib/http/flash";

import { EnhancedForm } from "./enhanced-form";
import { SubmitButton } from "./fields";
import { ModeBadge } from "./mode-badge";
import { MODE_FACTS, type Mode } from "./mode-facts";

const FACTS = [
  ["On this device", "thisDevice"],
  ["On each request", "cost"],
  ["When it is ended", "ending"],
] as const;

/** Both modes side by side, the current one marked, the other one a button away. */
export function ModeSwitch({
  current,
  preferred,
  flash,
}: {
  current: Mode;
  preferred: Mode;
  flash: Flash | null;
}) {
  const other = MODE_FACTS[current].other;
  return (
    <EnhancedForm
      id="mode"
      action="/api/auth/mode"
      flash={flash}
      success={{ stay: `This device is now in ${MODE_FACTS[other].inSentence}.` }}
    >
      <div className="grid gap-4 md:grid-cols-2">
        {(["session", "jwt"] as const).map((mode) => (
          <section
            key={mode}
            data-mode={mode}
            aria-labelledby={`mode-${mode}`}
            className={`rounded-card flex flex-col border p-5 ${mode === current ? "border-mode-fill bg-mode-tint" : "border-line bg-surface"}`}
          >
            <h3 id={`mode-${mode}`}>
              <ModeBadge mode={mode} />
            </h3>
            <dl className="mt-4 mb-6 space-y-3.5 text-[0.9375rem] leading-normal">
              {FACTS.map(([term, fact]) => (
                <div key={fact}>
                  <dt className="font-medium">{term}</dt>
                  <dd className="text-soft mt-0.5">{MODE_FACTS[mode][fact]}</dd>
                </div>
              ))}
            </dl>
            <div className="mt-auto">
              {mode === current ? (
                <p className="text-mode flex min-h-10 items-center gap-2 font-medium">
                  <span aria-hidden="true">✓</span> In use on this device
                </p>
              ) : (
                <SubmitButton name="mode" value={mode} pending="Switching…" className="w-full sm:w-auto">
                  Switch to {MODE_FACTS[mode].inSentence}
                </SubmitButton>
              )}
            </div>
          </section>
        ))}
      </div>
      <p className="text-soft mt-4 max-w-[70ch] text-[0.9375rem] leading-relaxed">
        Switching signs this device out and in again under a new id; what it carried before stops working.
        Other devices stay as they are. The choice also holds for your next log-in
        {preferred === current ? "." : `, which for now is set to ${MODE_FACTS[preferred].inSentence}.`}
      </p>
    </EnhancedForm>
  );
}
