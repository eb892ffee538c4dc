/** What a request brought along, for showing it: names and sizes of the credentials, never their text. */
import { cookies, headers } from "next/headers";
import { wireName, type CookieName } from "@/lib/core/cookie-names";

const CREDENTIALS: CookieName[] = ["access", "session"];

export async function carried(): Promise<{ name: string; bytes: number }[]> {
  const authorization = (await headers()).get("authorization");
  const jar = await cookies();
  const inCookies = CREDENTIALS.map(wireName).flatMap((name) => {
    const value = jar.get(name)?.value;
    return value === undefined ? [] : [{ name, bytes: name.length + 1 + value.length }];
  });
  return authorization ? [{ name: "Authorization", bytes: authorization.length }, ...inCookies] : inCookies;
}
