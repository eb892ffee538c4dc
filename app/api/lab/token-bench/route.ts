/** Runs the token bench: altered tokens, sent to the server. */
import { labRoute } from "@/lib/http/lab-route";
import { tokenBench } from "@/lib/lab/experiments/token-bench";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = labRoute(tokenBench);
