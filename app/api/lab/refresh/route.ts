/** Runs the refresh race, and the theft. */
import { labRoute } from "@/lib/http/lab-route";
import { refresh } from "@/lib/lab/experiments/refresh";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = labRoute(refresh);
