/** Runs the flight recorder: one request, step by step. */
import { labRoute } from "@/lib/http/lab-route";
import { flightRecorder } from "@/lib/lab/experiments/flight-recorder";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = labRoute(flightRecorder);
