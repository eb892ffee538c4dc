/** Runs the experiment whose database goes away. */
import { labRoute } from "@/lib/http/lab-route";
import { outage } from "@/lib/lab/experiments/outage";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = labRoute(outage);
