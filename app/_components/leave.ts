/** Logging out in turn: a renewal under way in another tab would otherwise bring back the cookies that this clears. */
import { send } from "./api-client";

let isUnderWay = false;

export async function leave(form: HTMLFormElement, lands: string): Promise<void> {
  if (isUnderWay) return;
  isUnderWay = true;
  const answer = await send("POST", "/api/auth/logout");
  isUnderWay = false;
  // The plain post says what went wrong, as it does without JavaScript.
  if (answer.ok) location.assign(lands);
  else form.submit();
}
