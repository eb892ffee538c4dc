/** The concept pages in the order they are meant to be read. */
import type { Lesson } from "./lesson";
import { authenticationAndAuthorisation } from "./lessons/authentication-and-authorisation";
import { costAndScale } from "./lessons/cost-and-scale";
import { hybrid } from "./lessons/hybrid";
import { otherClients } from "./lessons/other-clients";
import { refreshTokens } from "./lessons/refresh-tokens";
import { revocation } from "./lessons/revocation";
import { sessions } from "./lessons/sessions";
import { statelessHttp } from "./lessons/stateless-http";
import { tokens } from "./lessons/tokens";
import { whereToKeepAToken } from "./lessons/where-to-keep-a-token";

export const LESSONS: readonly Lesson[] = [
  statelessHttp,
  sessions,
  tokens,
  refreshTokens,
  hybrid,
  authenticationAndAuthorisation,
  whereToKeepAToken,
  revocation,
  otherClients,
  costAndScale,
];
