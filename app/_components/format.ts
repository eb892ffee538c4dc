/** How measured numbers and times are written; what depends on the reader's locale happens in LocalTime. */

export function milliseconds(value: number): string {
  return `${value.toFixed(value < 1 ? 2 : value < 10 ? 1 : 0)}\u00a0ms`;
}

export function count(value: number, one: string, many = `${one}s`): string {
  return `${value} ${value === 1 ? one : many}`;
}

export function list(items: string[]): string {
  return new Intl.ListFormat("en").format(items);
}

/** "21 Nov 2026, 09:25 UTC": unambiguous wherever it is read. */
export function utcText(at: Date, timeOfDay = false): string {
  const day = { day: "numeric", month: "short", year: "numeric" } as const;
  const text = at.toLocaleString("en-GB", {
    ...(timeOfDay ? {} : day),
    hour: "2-digit",
    minute: "2-digit",
    timeZone: "UTC",
  });
  return `${text} UTC`;
}

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

export function agoText(at: Date, now = new Date()): string {
  const seconds = Math.max(0, (now.getTime() - at.getTime()) / 1000);
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? ["minute", Infinity];
  if (size === Infinity) return "just now";
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(-Math.floor(seconds / size), unit);
}

/** "14 min 08 s", "3 h 20 min", "29 days 9 h": the two units that matter. */
export function remainingText(until: Date, now = new Date()): string {
  const seconds = Math.max(0, Math.floor((until.getTime() - now.getTime()) / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (days > 0) return `${count(days, "day")} ${hours % 24} h`;
  if (hours > 0) return `${hours} h ${minutes % 60} min`;
  return `${minutes} min ${String(seconds % 60).padStart(2, "0")} s`;
}
