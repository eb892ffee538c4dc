/** What starts each experiment, wherever it stands. */
import type { ComponentType } from "react";

import type { ExperimentSlug } from "../_frame/views";
import { AttackFields } from "./attacks";
import { CostFields } from "./cost";
import { FlightRecorderFields } from "./flight-recorder";
import { OutageFields } from "./outage";
import { RefreshFields } from "./refresh";
import { RevocationFields } from "./revocation";
import { StalenessFields } from "./staleness";
import { TokenBenchFields } from "./token-bench";

export const FIELDS: Record<ExperimentSlug, ComponentType> = {
  "flight-recorder": FlightRecorderFields,
  "token-bench": () => <TokenBenchFields flash={null} />,
  revocation: RevocationFields,
  refresh: RefreshFields,
  cost: CostFields,
  outage: OutageFields,
  attacks: AttackFields,
  staleness: StalenessFields,
};
