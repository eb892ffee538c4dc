import type { Caller } from "@/lib/http/caller";
import type { Flash } from "@/lib/http/flash";

import { EnhancedForm } from "./enhanced-form";
import { Field, NewPasswordField, PasswordField, SubmitButton } from "./fields";
import { NoticeArea } from "./notices";
import { PageLink } from "./page-link";
import { QUIET_HEADER } from "./site-header";

type CredentialsPageProps = {
  act: "login" | "signup";
  caller: Caller | null;
  flash: Flash | null;
  /** Where it leads afterwards; `asked` when somebody was sent here on the way there. */
  next: string;
  asked: boolean;
};

const WORDS = {
  login: {
    title: "Log in",
    action: "/api/auth/login",
    pending: "Logging in…",
    question: "No account yet?",
    other: "signup",
    otherTitle: "Sign up",
  },
  signup: {
    title: "Sign up",
    action: "/api/auth/signup",
    pending: "Signing up…",
    question: "Already have an account?",
    other: "login",
    otherTitle: "Log in",
  },
} as const;

/** Signing up and logging in: one form each, and the way to the other. */
export function CredentialsPage({ act, caller, flash, next, asked }: CredentialsPageProps) {
  const words = WORDS[act];
  const kept = asked ? `?next=${encodeURIComponent(next)}` : "";
  return (
    <main id="content" {...QUIET_HEADER} className="mx-auto w-full max-w-96 px-4 pt-12 pb-20 sm:pt-20">
      <NoticeArea notice={flash?.notice} arrival />
      <h1 className="mb-7 text-2xl font-semibold">{words.title}</h1>
      {asked && (
        <p className="text-soft -mt-5 mb-7 break-words">
          {words.title} to continue to <span className="code text-ink">{next}</span>
        </p>
      )}
      {caller && (
        <p className="card mb-6 px-4 py-3 text-[0.9375rem]">
          You are logged in as {caller.user.email}.{" "}
          <PageLink href={next} className="link">
            Continue
          </PageLink>
          , or go on here: this device then changes accounts.
        </p>
      )}
      <EnhancedForm
        id={act}
        action={words.action}
        hidden={asked ? { next } : {}}
        flash={flash}
        success={{ go: next }}
        className="space-y-5"
      >
        {act === "signup" && <Field name="name" label="Name" autoComplete="name" maxLength={100} />}
        <Field
          name="email"
          label="Email"
          type="email"
          required
          autoComplete={act === "login" ? "username" : "email"}
          inputMode="email"
          spellCheck={false}
          autoCapitalize="none"
          missing="Enter your email address."
        />
        {act === "login" ? (
          <PasswordField
            name="password"
            label="Password"
            autoComplete="current-password"
            missing="Enter your password."
          />
        ) : (
          <NewPasswordField name="password" label="Password" missing="Choose a password." />
        )}
        <SubmitButton pending={words.pending} className="w-full">
          {words.title}
        </SubmitButton>
      </EnhancedForm>
      <p className="text-soft mt-6 text-[0.9375rem]">
        {words.question}{" "}
        <PageLink href={`/${words.other}${kept}`} className="link text-ink">
          {words.otherTitle}
        </PageLink>
      </p>
    </main>
  );
}
