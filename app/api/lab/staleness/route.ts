/** Runs the staleness meter. */
import { labRoute } from "@/lib/http/lab-route";
import { staleness } from "@/lib/lab/experiments/staleness";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = labRoute(staleness);
