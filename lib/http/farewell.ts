/** What an answer does after which this browser is signed out: no credential stays in it, nor what it stored of us. */
import { clearedCookies } from "@/lib/auth/authenticate";
import { CLEAR_SITE_DATA } from "./respond";
import type { Reply } from "./route";

export const farewell = (): Required<Pick<Reply, "cookies" | "headers">> => ({
  cookies: clearedCookies(),
  headers: CLEAR_SITE_DATA,
});
