/** The one canonical form of an email address: all spellings of it are one account. */
export const canonicalEmail = (email: string): string =>
  // Twice: a small letter may compose where the capital did not, and no form may have a form of its own.
  email.normalize("NFKC").toLowerCase().normalize("NFKC").trim();
