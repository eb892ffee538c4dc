import { agoText, utcText } from "./format";
import { LocalTime } from "./local-time";

/** A moment as the server knows it; with `ago`, told from now; with `timeOfDay`, below a heading that names the day. */
export function Moment({ at, ago, timeOfDay }: { at: Date; ago?: boolean; timeOfDay?: boolean }) {
  return (
    <LocalTime
      iso={at.toISOString()}
      utc={utcText(at, timeOfDay)}
      short={ago ? agoText(at) : undefined}
      timeOfDay={timeOfDay}
    />
  );
}
