/** Sizes, times and other people's words, as a terminal shows them. */
import { HypertunaError } from '../../protocol/errors.ts'

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB']
const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/**
 * Text without what a terminal would act on: names are other people's, and must not
 * move the cursor, change its colours or turn the line around.
 */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\u{fffd}')
}

export function sizeOf(bytes: number): string {
  let unit = 0
  let value = bytes
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`
}

/** `1 file`, `2 files`: words whose plural is one letter more. */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}

/** Local time. @param seconds since 1970 */
export function timeOf(seconds: number): string {
  if (seconds === 0) return 'never'
  const date = new Date(seconds * 1000)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`
}

/** Seconds in `90s`, `15m`, `24h`, `7d` or `2w`; 0 for `never`. @throws USAGE */
export function secondsIn(text: string): number {
  if (text === 'never') return 0
  const match = /^([1-9]\d{0,5})([smhdw])$/.exec(text)
  if (match !== null) return Number(match[1]) * (SECONDS[match[2]!] ?? 1)
  throw new HypertunaError(
    'USAGE',
    `${plain(text)} is no time: write 90s, 15m, 24h, 7d, 2w or never`
  )
}

/** Bytes in `500MB` or `20GB`, with units of a thousand as `sizeOf` has; Infinity for `none`. @throws USAGE */
export function bytesIn(text: string): number {
  if (text === 'none') return Infinity
  const match = /^([1-9]\d{0,5}) ?([KMGT]B)$/i.exec(text)
  if (match !== null) return Number(match[1]) * 1000 ** UNITS.indexOf(match[2]!.toUpperCase())
  throw new HypertunaError('USAGE', `${plain(text)} is no size: write 500MB, 20GB or none`)
}

/** A whole number. @throws USAGE */
export function countIn(flag: string, text: string, least: number): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : -1
  if (count >= least) return count
  throw new HypertunaError('USAGE', `${flag} wants a whole number from ${least} on`)
}

/** Lines of columns that stand below each other. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  }
  return rows.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd()
  )
}

/** As much of a line as a terminal of so many columns shows without breaking it. */
export function fitting(line: string, columns: number): string {
  const letters = [...line]
  return letters.length < columns ? line : letters.slice(0, Math.max(0, columns - 1)).join('')
}
