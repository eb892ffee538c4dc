/** Turns a full hashing queue into the refusal it is. */
import { HashQueueFull } from "@/lib/auth/password/pool";
import { failure, type Failure } from "@/lib/core/failure";
import { err, ok, type Result } from "@/lib/core/result";

export async function whenHashed<T>(work: Promise<T>): Promise<Result<T, Failure>> {
  try {
    return ok(await work);
  } catch (error) {
    if (error instanceof HashQueueFull) return err(failure("overloaded", { retryAfterSeconds: 2 }));
    throw error;
  }
}
