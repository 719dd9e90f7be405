/**
 * HTML whose every value is escaped: what members wrote can be shown, and do nothing.
 */
const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;'
}

/** HTML that may stand as it is. Made by `markup` alone. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Value = string | number | Html | null | false | readonly Value[]

/** A template: values are escaped, other HTML and lists of it are put in, null is nothing. */
export function markup(parts: TemplateStringsArray, ...values: Value[]): Html {
  let text = parts[0] ?? ''
  for (const [i, value] of values.entries()) text += write(value) + (parts[i + 1] ?? '')
  return new Html(text)
}

function write(value: Value): string {
  if (value === null || value === false) return ''
  if (value instanceof Html) return value.text
  if (Array.isArray(value)) return value.map(write).join('')
  return String(value)
    .toWellFormed()
    .replace(/[&<>"']/g, (char) => ESCAPES[char] ?? '')
}
