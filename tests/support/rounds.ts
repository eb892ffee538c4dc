/**
 * How often a test repeats what chance decides, and what chance is. A fifth of the rounds by default; all of them under THOROUGH=1, which a
 * release runs. Every random choice follows from TEST_SEED, which `npm test` draws and prints: the same seed makes the same choices.
 */
import { randomInt } from "node:crypto";

/** What a release runs. */
export const isThorough = process.env.THOROUGH === "1";

/** Of `full` rounds those that are run: a fifth, but never fewer than `least`, for a test that a fifth could not satisfy. */
export const rounds = (full: number, least = 1): number =>
  isThorough ? full : Math.min(full, Math.max(least, Math.ceil(full / 5)));

// playwright.config.ts loads this before the workers start, and they inherit it: one seed for the whole run.
process.env.TEST_SEED ||= String(randomInt(2 ** 31));
const seed = Number(process.env.TEST_SEED);
/** For the message of an expectation: what makes the same choices again. */
export const seedNote = `TEST_SEED=${seed}`;

/** Numbers from 0 up to 1, the same for the same `start` (mulberry32). */
export function numbersFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Numbers from 0 up to 1 that follow from TEST_SEED; each `name` has a sequence of its own, whatever else its worker runs. */
export const randomFrom = (name: string): (() => number) =>
  numbersFrom([...name].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) | 0, seed));
