/**
 * Puts words where they outlive the page.
 * @returns whether they are kept: the browser gives a page only so much room
 */
export function keep(key: string, words: string): boolean {
  try {
    localStorage.setItem(key, words)
    return true
  } catch {
    return false // what was there under this key before stays; the caller says what that means
  }
}
