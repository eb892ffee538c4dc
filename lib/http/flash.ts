/** What a form post leaves for the page it returns to: a sealed cookie that lives a minute, so that nothing of it is in a URL. */
import { cookies } from "next/headers";
import { openSeal, seal } from "@/lib/auth/sealing.edge";
import { wireName } from "@/lib/core/cookie-names";
import type { FailureCode, FieldErrors } from "@/lib/core/failure";

export type Flash = {
  form: string;
  notice?: string;
  code?: FailureCode;
  message?: string;
  errors?: FieldErrors;
  values?: Record<string, string>;
};

type SealedFlash = { purpose: "flash"; page: string; flash: Flash };

export const FLASH_TTL_SECONDS = 60;
/** Browsers drop a cookie of more than 4096 bytes; a seal is a third longer than what it holds. */
const MAX_KEPT_CHARACTERS = 1_500;

/** `page` is the path the flash is for; no other page shows it. */
export const sealFlash = (page: string, flash: Flash): Promise<string> =>
  seal({ purpose: "flash", page, flash: withinLimit(flash) } satisfies SealedFlash, FLASH_TTL_SECONDS);

function withinLimit(flash: Flash): Flash {
  if (JSON.stringify(flash).length <= MAX_KEPT_CHARACTERS) return flash;
  // What was typed is far too long for any field: the message matters more than giving it back.
  return { ...flash, values: undefined };
}

export async function readFlash(page: string): Promise<Flash | null> {
  const carried = (await cookies()).get(wireName("flash"))?.value;
  if (!carried) return null;
  const sealed = await openSeal<SealedFlash>(carried, "flash");
  return sealed?.page === page && sealed.flash ? sealed.flash : null;
}
