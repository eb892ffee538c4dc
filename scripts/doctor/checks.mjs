// All checks, in the order they are made: first what the others rest on.
import { caching, mixing } from "./caches.mjs";
import { cookies } from "./cookies.mjs";
import { address, health, metrics, streaming, transport } from "./deployment.mjs";
import { bypass, cors, crossSite, hostSpoofing, next, paths } from "./doors.mjs";
import { errors, headers, leaks, policy, requestIds } from "./headers.mjs";
import { clock, keys, secrets } from "./instances.mjs";
import { forwardedFor, limiter } from "./limits.mjs";
import { logout, modeSwitch, refreshRace, refreshReuse } from "./sessions.mjs";

/**
 * A check: `measure(visit)` sends and resolves with plain data, `judge(data)` makes findings.mjs of it and sends nothing. One with
 * `needsAgreement` is not made where `secrets` failed: it could only repeat that in other words.
 */
export const CHECKS = [
  health,
  address,
  transport,
  secrets,
  keys,
  clock,
  cookies,
  headers,
  policy,
  leaks,
  requestIds,
  errors,
  caching,
  mixing,
  bypass,
  paths,
  hostSpoofing,
  next,
  cors,
  crossSite,
  logout,
  modeSwitch,
  refreshRace,
  refreshReuse,
  limiter,
  forwardedFor,
  metrics,
  streaming,
];
