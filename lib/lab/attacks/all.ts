/** What each attack of the catalogue does. */
import type { AttackId } from "@/lib/lab/attack-catalogue";
import type { Bench } from "@/lib/lab/experiment";
import type { Outcome } from "./attempt";
import { crossSite } from "./cross-site";
import { fixation } from "./fixation";
import { forgedRole } from "./forged-role";
import { middleware } from "./middleware";
import { redirect } from "./redirect";
import { replay } from "./replay";
import { afterLogout, afterPasswordChange } from "./stolen";
import { timing } from "./timing";
import { tossing } from "./tossing";

/** Yields what is known so far; the last one counts. */
type Attack = (bench: Bench) => AsyncGenerator<Outcome, void>;

export const ATTACKS: Record<AttackId, Attack> = {
  "cross-site": crossSite,
  fixation,
  tossing,
  "after-logout": afterLogout,
  "after-password": afterPasswordChange,
  replay,
  redirect,
  "forged-role": forgedRole,
  middleware,
  timing,
};
