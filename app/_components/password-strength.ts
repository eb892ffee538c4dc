/** How hard a password is to guess, roughly: length first, then what guessers try first. Advice only; the server has the last word. */

/** `level` from 0 (will be refused) to 4. */
export type Judgement = { level: 0 | 1 | 2 | 3 | 4; says: string };

const FAVOURITES =
  /pass?w(?:or|0r)?d|passwor|qwert|qwertz|azerty|asdf|zxcv|letmein|welcome|iloveyou|admin|login|master|dragon|monkey|football|baseball|sunshine|princess|shadow|superman|secret|abc123|summer|winter|spring|autumn|monday|friday/;
const RUNS = "01234567890|abcdefghijklmnopqrstuvwxyz|qwertyuiop|asdfghjkl|zxcvbnm";
const BACKWARDS = [...RUNS].reverse().join("");

/** `personal` and what else the form says of the person are what a stranger tries first. */
export function judgeInput({ value, form }: HTMLInputElement, personal: string[]): Judgement {
  const said = [...(form?.elements ?? [])].flatMap((field) =>
    field instanceof HTMLInputElement && /^(?:email|username|name)$/.test(field.autocomplete)
      ? [field.value]
      : [],
  );
  return judgePassword(value, [...personal, ...said]);
}

function judgePassword(password: string, personal: string[]): Judgement {
  const length = [...password].length;
  if (length < 8) return { level: 0, says: "Use at least 8 characters." };
  if (length > 256) return { level: 0, says: "Use at most 256 characters." };

  const folded = password.toLowerCase();
  if (folded.includes("halfstate")) {
    return { level: 0, says: "Leave out the name of this site: it is the first thing anybody tries here." };
  }
  if (partsOf(personal).some((part) => folded.includes(part))) {
    return {
      level: 1,
      says: "Contains your name or email address, which others may know. Better leave it out.",
    };
  }
  if (looksCommon(folded)) {
    return {
      level: 1,
      says: "Looks like what many people choose. A few words that have nothing to do with each other are better.",
    };
  }
  if (length < 12)
    return { level: 2, says: "Fair. Longer is better: each further word makes it far stronger." };
  if (length < 16) return { level: 3, says: "Good." };
  return { level: 4, says: "Very good." };
}

/** Names and the words of an email address; what is shorter than four letters is in half of all passwords. */
function partsOf(personal: string[]): string[] {
  const whole = personal.map((text) => text.trim().toLowerCase());
  const words = whole.flatMap((text) => text.split("@")[0]?.split(/[\s._+-]+/) ?? []);
  return [...whole, ...words].filter((part) => part.length >= 4);
}

/** Little is left of it once favourites, runs such as 1234 and repetitions are taken out. */
function looksCommon(folded: string): boolean {
  const letters = [...folded];
  if (new Set(letters).size <= 4) return true;
  const rest = folded.replace(new RegExp(FAVOURITES, "g"), "").replace(/(.)\1{2,}/gu, "");
  return withoutRuns(rest).replace(/[^\p{L}\p{N}]/gu, "").length <= Math.min(5, letters.length - 5);
}

function withoutRuns(text: string): string {
  let rest = "";
  for (let at = 0; at < text.length;) {
    let end = at + 1;
    while (end < text.length && isRun(text.slice(at, end + 1))) end += 1;
    if (end - at < 4) rest += text.slice(at, end);
    at = end;
  }
  return rest;
}

const isRun = (part: string) => RUNS.includes(part) || BACKWARDS.includes(part);
