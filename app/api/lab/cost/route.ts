/** Runs the measurement of what a request costs in each mode. */
import { labRoute } from "@/lib/http/lab-route";
import { cost } from "@/lib/lab/experiments/cost";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = labRoute(cost);
