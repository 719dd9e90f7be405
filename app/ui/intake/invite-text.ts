/** An invite is letters and digits to its end, so words after it are not taken for a part of it. */
const SHAPE = /hypertuna:\/\/join\/[a-z0-9]{20,}/i
/** Longer text is not searched, nor kept in a field: an invite has a few hundred characters */
const MOST_SEARCHED = 100_000
export const MOST_INVITE = 5000

/** The first invite in pasted text, whatever stands around it; null when there is none. */
export function findInvite(text: string): string | null {
  return SHAPE.exec(text.slice(0, MOST_SEARCHED))?.[0].toLowerCase() ?? null
}
