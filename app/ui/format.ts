/**
 * How figures, moments and names are put into words. Figures and dates follow the computer's
 * locale; plurals follow the language of the copy, which is English.
 */

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const
const MINUTE = 60
const HOUR = 3600
const DAY = 86400

const number = new Intl.NumberFormat()
const percent = new Intl.NumberFormat(undefined, { style: 'percent' })
const clock = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' })
const fullMoment = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' })
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'long' })
const shortWeekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' })
const shortDay = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const longDay = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  year: 'numeric'
})
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const list = new Intl.ListFormat('en')
const plurals = new Intl.PluralRules('en')
const sizeFormats = UNITS.map((unit, index) =>
  Intl.NumberFormat(undefined, {
    style: 'unit',
    unit,
    unitDisplay: index === 0 ? 'long' : 'short',
    maximumFractionDigits: index < 2 ? 0 : 1
  })
)

export function formatNumber(value: number): string {
  return number.format(value)
}

/** `bytes` in decimal units: "1.4 MB". */
export function formatSize(bytes: number): string {
  let index = 0
  let value = Math.max(0, bytes)
  while (value >= 1000 && index < UNITS.length - 1) {
    value /= 1000
    index++
  }
  return sizeFormats[index]!.format(value)
}

/** `bytes` per second: "2.1 MB/s". */
export function formatRate(bytes: number): string {
  return `${formatSize(bytes)}/s`
}

/** The part done of a whole as a percentage. It says 100 % only when all of it is done. */
export function formatPercent(done: number, whole: number): string {
  if (whole <= 0) return percent.format(1)
  return percent.format(done >= whole ? 1 : Math.min(0.99, Math.floor((done / whole) * 100) / 100))
}

/** A part of one, or more than one, as a percentage: 1.5 is "150 %". */
export function formatShare(share: number): string {
  return percent.format(share)
}

/** The word that fits `count`, with the count before it: "3 files". */
export function plural(count: number, one: string, other: string): string {
  return `${formatNumber(count)} ${plurals.select(count) === 'one' ? one : other}`
}

/** @param seconds since 1970 */
export function formatClock(seconds: number): string {
  return clock.format(seconds * 1000)
}

/** @param seconds since 1970 */
export function formatMoment(seconds: number): string {
  return fullMoment.format(seconds * 1000)
}

/** A heading for the day that holds a moment: "Today", "Yesterday", "Tuesday", "4 May 2025". */
export function formatDay(seconds: number, now = Date.now()): string {
  const days = daysBetween(seconds, now)
  if (days === 0 || days === 1) return capital(relative.format(-days, 'day'))
  if (days > 1 && days < 7) return weekday.format(seconds * 1000)
  return longDay.format(seconds * 1000)
}

/** A moment in few characters: the clock for today, then the day. */
export function formatWhen(seconds: number, now = Date.now()): string {
  const days = daysBetween(seconds, now)
  if (days === 0) return formatClock(seconds)
  if (days === 1) return capital(relative.format(-1, 'day'))
  return days < 300 ? shortDay.format(seconds * 1000) : longDay.format(seconds * 1000)
}

/** The end of a term, within a sentence: "tomorrow, 6:10 AM", "Tuesday, 6:10 AM". */
export function formatUntil(seconds: number, now = Date.now()): string {
  const days = -daysBetween(seconds, now)
  const at = formatClock(seconds)
  if (days === 0 || days === 1) return `${relative.format(days, 'day')}, ${at}`
  if (days > 1 && days < 7) return `${weekday.format(seconds * 1000)}, ${at}`
  return `${longDay.format(seconds * 1000)}, ${at}`
}

/** When somebody was last there, in the middle of a sentence: "5 minutes ago", "Tue", "4 May". */
export function formatSeen(seconds: number, now = Date.now()): string {
  const ago = Math.max(0, now / 1000 - seconds)
  if (ago < MINUTE) return 'just now'
  if (ago < HOUR) return relative.format(-Math.round(ago / MINUTE), 'minute')
  if (ago < DAY / 2) return relative.format(-Math.round(ago / HOUR), 'hour')
  const days = daysBetween(seconds, now)
  if (days <= 1) return relative.format(-days, 'day')
  return days < 7 ? shortWeekday.format(seconds * 1000) : formatWhen(seconds, now)
}

/** How long something will last: "5 minutes", "2 days". @param seconds a length of time */
export function formatDuration(seconds: number): string {
  if (seconds < MINUTE) return plural(Math.max(1, Math.round(seconds)), 'second', 'seconds')
  if (seconds < HOUR) return plural(Math.max(1, Math.round(seconds / MINUTE)), 'minute', 'minutes')
  if (seconds < DAY * 2) return plural(Math.round(seconds / HOUR), 'hour', 'hours')
  return plural(Math.round(seconds / DAY), 'day', 'days')
}

/** Whether two moments fall on one day here. Both in seconds since 1970. */
export function sameDay(a: number, b: number): boolean {
  return new Date(a * 1000).toDateString() === new Date(b * 1000).toDateString()
}

function daysBetween(seconds: number, now: number): number {
  const then = new Date(seconds * 1000).setHours(0, 0, 0, 0)
  return Math.round((new Date(now).setHours(0, 0, 0, 0) - then) / (DAY * 1000))
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** "Mara", "Mara and Ivo", "Mara, Ivo and Sunniva". */
export function formatList(words: string[]): string {
  return list.format(words)
}
