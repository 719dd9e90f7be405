/** A number that somebody typed, with either decimal mark: null for none, `bad` for no number. */
export function readAmount(text: string): number | null | 'bad' {
  const trimmed = text.trim().replace(',', '.')
  if (trimmed === '') return null
  return /^\d{1,7}(?:\.\d{1,6})?$/.test(trimmed) ? Number(trimmed) : 'bad'
}
