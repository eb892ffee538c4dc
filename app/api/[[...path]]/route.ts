// Every path below /api that is nothing: an API client gets a problem document, never an HTML page.
import { failure } from "@/lib/core/failure";
import { answering } from "@/lib/http/exchange";
import { problemResponse } from "@/lib/http/respond";
import type { Handler } from "@/lib/http/route";

const nothingHere: Handler = (request) =>
  answering(request, async (exchange) => problemResponse(failure("not_found"), exchange));

export {
  nothingHere as GET,
  nothingHere as POST,
  nothingHere as PUT,
  nothingHere as PATCH,
  nothingHere as DELETE,
  nothingHere as OPTIONS,
};
