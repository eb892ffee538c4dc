/** The one canonical form of an email address: all spellings of it are one account. */
export const canonicalEmail = (email: string): string => email.normalize("NFKC").trim().toLowerCase();
