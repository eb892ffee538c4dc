/** How measured and computed numbers of the Lab are written: no more digits than mean something. */

const UNIT_SPACE = "\u00a0";
const threeDigits = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** "0.045", "1.9", "667", "10,000", "2,510": three digits, and never fewer than stand before the point. */
export const quantity = (value: number): string =>
  Math.abs(value) >= 1_000 ? whole.format(value) : threeDigits.format(value);

/** "0.045 ms", "1.93 ms", "26.4 ms", "1.2 s". */
export function duration(milliseconds: number): string {
  return milliseconds < 1_000
    ? `${threeDigits.format(milliseconds)}${UNIT_SPACE}ms`
    : `${threeDigits.format(milliseconds / 1000)}${UNIT_SPACE}s`;
}

export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${quantity(value)} ${value === 1 ? one : many}`;
