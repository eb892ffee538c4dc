"use client";
/** The time left until a moment: the server's text first, then counting. */
import { useEffect, useState } from "react";

import { remainingText } from "./format";

export function Countdown({ iso, initial, over }: { iso: string; initial: string; over: string }) {
  const [text, setText] = useState(initial);

  useEffect(() => {
    const until = new Date(iso);
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const tick = () => setText(until > new Date() ? remainingText(until) : over);
    const timer = setInterval(tick, calm ? 15_000 : 1000);
    return () => clearInterval(timer);
  }, [iso, over]);

  return (
    <span role="timer" className="tabular-nums">
      {text}
    </span>
  );
}
