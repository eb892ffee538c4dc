/** Runs the revocation stopwatch. */
import { labRoute } from "@/lib/http/lab-route";
import { revocation } from "@/lib/lab/experiments/revocation";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = labRoute(revocation);
