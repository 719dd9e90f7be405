const SHAPE = /\b(?:ncryptsec1[02-9ac-hj-np-z]{20,500}|nsec1[02-9ac-hj-np-z]{58})\b/i

/** The first saved key in a text, whatever stands around it; null when there is none. */
export function findKey(text: string): string | null {
  return SHAPE.exec(text.slice(0, 100_000))?.[0].toLowerCase() ?? null
}
