/** An expected outcome as a value; bugs stay exceptions. */
export type Result<T, F> = { ok: true; value: T } | { ok: false; failure: F };

export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value });
export const err = <F>(failure: F): Result<never, F> => ({ ok: false, failure });
