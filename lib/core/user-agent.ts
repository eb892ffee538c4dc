/** A user-agent header in words a person recognises. */
import Bowser from "bowser";

export function describeUserAgent(userAgent: string): string {
  if (userAgent === "") return "Unknown client";
  const { browser, os } = Bowser.parse(userAgent);
  if (browser.name) return os.name ? `${browser.name} on ${os.name}` : browser.name;
  // Command-line clients and libraries name themselves first: "curl/8.5.0", "node".
  return /^[A-Za-z][\w.-]{0,30}/.exec(userAgent)?.[0] ?? "Unknown client";
}
