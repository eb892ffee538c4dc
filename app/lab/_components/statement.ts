/** `SELECT DeviceSession, User`: what a statement does to which tables, where there is no room for the whole of it. */
export function inShort(statement: string): string {
  const [verb = "query"] = /[A-Z]+/.exec(statement) ?? [];
  const tables = [
    ...statement.matchAll(/\b(?:FROM|JOIN|INTO|UPDATE)\s+(?:[`"](?:main|public)[`"]\.)?[`"](\w+)[`"]/g),
  ];
  return [verb, [...new Set(tables.map(([, table]) => table))].join(", ")].filter(Boolean).join(" ");
}

/** On one line. */
export const onOneLine = (statement: string): string => statement.trim().replace(/\s+/g, " ");
