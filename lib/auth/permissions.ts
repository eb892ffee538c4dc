/** Who may do what: one pure table, default deny. */
import type { Role } from "./contract";

export type Action =
  | "users.list"
  | "users.read"
  | "users.set-role"
  | "users.delete"
  | "users.end-sessions"
  | "events.read"
  | "events.read-all";

/** What an action is done to, as far as the decision needs it. */
export type Resource = { ownerId?: string };

type Rule = (actor: { id: string; role: Role }, resource: Resource) => boolean;

const administrators: Rule = ({ role }) => role === "admin";
const owner: Rule = ({ id }, { ownerId }) => ownerId === id;

const RULES: Record<Action, Rule> = {
  "users.list": administrators,
  "users.read": administrators,
  "users.set-role": administrators,
  "users.delete": administrators,
  "users.end-sessions": administrators,
  "events.read": owner,
  "events.read-all": administrators,
};

export const can = (actor: { id: string; role: Role }, action: Action, resource: Resource = {}): boolean =>
  RULES[action](actor, resource);
