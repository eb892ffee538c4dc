/** Of a query parameter given twice the last counts, as everywhere (http-contract). */
export const lastOf = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.at(-1) : value;
