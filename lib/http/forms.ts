/** The forms of the app: which page holds each, and where success leads. */
import { safeNextPath } from "@/lib/core/next-path";
import type { Fields, FormSpec } from "./route";

/** Sign-up and log-in: `next` survives a refusal and is followed on success. */
export const signInForm = (id: "signup" | "login"): FormSpec => ({
  id,
  page: ({ next }) =>
    next === undefined || next === "" ? `/${id}` : `/${id}?next=${encodeURIComponent(safeNextPath(next))}`,
  lands: ({ next }) => safeNextPath(next),
});

export const settingsForm = (id: string): FormSpec => ({
  id,
  page: () => "/settings",
  lands: () => "/settings",
});

/** From a form in the header or the settings to the start page. */
export const farewellForm = (id: string): FormSpec => ({ id, page: () => "/settings", lands: () => "/" });

/** The body asks for tokens in the answer rather than cookies. */
export const asksForBearer = ({ transport }: Fields): boolean => transport === "bearer";

/** Ending every device ends this one too, unless it is kept: then there is no settings page to come back to. */
export const endAllForm: FormSpec = {
  id: "sessions",
  page: () => "/settings",
  lands: ({ keepCurrent }) => (keepCurrent === "true" ? "/settings" : "/"),
};

/** Administration: back to the person's page, or to the list where the person is gone. */
export const adminForm = (id: string, lands?: () => string): FormSpec => {
  const person: FormSpec["page"] = (_, params) => `/admin/users/${encodeURIComponent(params.id ?? "")}`;
  return { id, page: person, lands: lands ?? person };
};
