import { agoText, utcText } from "./format";
import { LocalTime } from "./local-time";

/** A moment as the server knows it; with `ago`, told from now. */
export function Moment({ at, ago }: { at: Date; ago?: boolean }) {
  return <LocalTime iso={at.toISOString()} utc={utcText(at)} short={ago ? agoText(at) : undefined} />;
}
