// Every path below /api that is nothing: an API client gets a problem document, never an HTML page.
import { nothingHere } from "@/lib/http/methods";

export {
  nothingHere as GET,
  nothingHere as POST,
  nothingHere as PUT,
  nothingHere as PATCH,
  nothingHere as DELETE,
  nothingHere as OPTIONS,
};
