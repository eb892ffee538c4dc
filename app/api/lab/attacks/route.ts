/** Runs the attack lab. */
import { labRoute } from "@/lib/http/lab-route";
import { attacks } from "@/lib/lab/experiments/attacks";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = labRoute(attacks);
