/**
 * What a failed test of pages leaves behind: what was on each page, as a screen reader has it,
 * and what each program said last. What fails once in a hundred runs cannot be asked again.
 */
import type { Page } from 'playwright-core'

/** Lines of each, at most */
const MOST = 120
/** ms that a page has for telling what is on it */
const PATIENCE = 5000

interface Speaking {
  log(): string
}

const pages: { page: Page; wrong: readonly string[] }[] = []
const programs: Speaking[] = []

export function notePage(page: Page, wrong: readonly string[]): void {
  pages.push({ page, wrong })
}

export function noteProgram(program: Speaking): void {
  programs.push(program)
}

/** Of those before nothing is told. */
export function forget(): void {
  pages.length = 0
  programs.length = 0
}

/** Lines that are marked, so that nothing of them is taken for a result. */
export async function evidence(): Promise<string> {
  const seen = pages.map(async ({ page, wrong }, i) => [
    `---- page ${i + 1}: ${page.isClosed() ? 'closed' : page.url()}`,
    ...(await snapshot(page)),
    ...wrong.map((what) => `error: ${what}`)
  ])
  const said = programs.map((program, i) => [
    `---- program ${i + 1}, its last lines`,
    ...program.log().trimEnd().split('\n').slice(-MOST)
  ])
  const lines = [...(await Promise.all(seen)), ...said].flat()
  return lines.map((line) => `# ${line}\n`).join('')
}

async function snapshot(page: Page): Promise<string[]> {
  if (page.isClosed()) return []
  try {
    const text = await page.locator('body').ariaSnapshot({ timeout: PATIENCE })
    return text.split('\n').slice(0, MOST)
  } catch (err) {
    return [`it does not tell: ${String(err).split('\n')[0] ?? ''}`]
  }
}
