/** Which passwords are refused although they are long enough (NIST SP 800-63B section 5.1.1.2; OWASP ASVS 6.2). */
import { readFileSync } from "node:fs";
import path from "node:path";

/** A sentence for the person who chose it, or null when the password will do. */
export function objectionTo(password: string, email: string): string | null {
  const folded = password.toLowerCase();
  if (folded.includes("halfstate")) return "Choose one that does not contain the name of this site.";
  if (folded.includes(email)) return "Choose one that does not contain your email address.";
  if (commonPasswords().has(folded)) {
    return "This is one of the most common passwords, and among the first that anybody would try. Choose another.";
  }
  return null;
}

const shared = globalThis as { __halfstateCommonPasswords?: ReadonlySet<string> };

function commonPasswords(): ReadonlySet<string> {
  return (shared.__halfstateCommonPasswords ??= new Set(
    // By path, like the worker beside it; tracing is told of both in next.config.ts.
    readFileSync(
      path.join(/* turbopackIgnore: true */ process.cwd(), "lib/auth/password/common-passwords.txt"),
      "utf8",
    ).split("\n"),
  ));
}
