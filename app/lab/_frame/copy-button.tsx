"use client";
import { useState, type ReactNode } from "react";

/** Puts a text on the clipboard and says so. Not there without JavaScript: the text it copies stands beside it. */
export function CopyButton({
  text,
  className,
  children,
}: {
  text: string;
  className: string;
  children: ReactNode;
}) {
  const [copied, setCopied] = useState(false);
  const copy = () => navigator.clipboard.writeText(text).then(() => setCopied(true));
  return (
    <button type="button" className={`${className} scriptless:hidden`} onClick={() => void copy()}>
      <span role="status">{copied ? "Copied" : children}</span>
    </button>
  );
}
