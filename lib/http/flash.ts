/** What a form post leaves for the page it returns to: a sealed cookie that lives a minute, so that nothing of it is in a URL. */
import { sealData, unsealData } from "iron-session";
import { cookies } from "next/headers";
import { wireName } from "@/lib/core/cookie-names";
import { env } from "@/lib/core/env";
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
export function sealFlash(page: string, flash: Flash): Promise<string> {
  return sealData({ purpose: "flash", page, flash: withinLimit(flash) } satisfies SealedFlash, {
    password: env().sessionSecret,
    ttl: FLASH_TTL_SECONDS,
  });
}

function withinLimit(flash: Flash): Flash {
  if (JSON.stringify(flash).length <= MAX_KEPT_CHARACTERS) return flash;
  // What was typed is far too long for any field: the message matters more than giving it back.
  return { ...flash, values: undefined };
}

export async function readFlash(page: string): Promise<Flash | null> {
  const seal = (await cookies()).get(wireName("flash"))?.value;
  if (!seal) return null;
  try {
    const sealed = await unsealData<Partial<SealedFlash>>(seal, {
      password: env().sessionSecret,
      ttl: FLASH_TTL_SECONDS,
    });
    return sealed.purpose === "flash" && sealed.page === page && sealed.flash ? sealed.flash : null;
  } catch {
    // Some crafted seals make iron-session throw: to us that is no message.
    return null;
  }
}
