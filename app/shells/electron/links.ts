/** The longest link that is handed to the page: an invite is far shorter. */
const MAX_LINK = 5000

/** Our own link among a program's arguments, where Windows and Linux put it; or null. */
export function linkIn(argv: readonly string[], scheme: string): string | null {
  return argv.find((argument) => isOurLink(argument, scheme)) ?? null
}

/** Whether somebody who opened this meant us. What it says is for the page to judge, as text. */
export function isOurLink(url: string, scheme: string): boolean {
  return url.length <= MAX_LINK && url.startsWith(`${scheme}://`) && !/[\s\p{Cc}]/u.test(url)
}

/** Whether a link of the page may be opened in the browser: the web, and nothing that runs. */
export function isWebLink(url: string): boolean {
  try {
    return ['https:', 'http:', 'mailto:'].includes(new URL(url).protocol)
  } catch {
    return false
  }
}
