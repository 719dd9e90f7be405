/** What a page has wrong for people who hear it, or see little of it. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

import { SETTLED } from './page.ts'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const RUN = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
  violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) =>
    id + ' at ' + target.join(' ') + ': ' + (failureSummary || '').split('\\n').slice(1).join(' ')
  )))`

const AGAIN = 'new Promise((done) => setTimeout(done, 500))'

/** Looks at what is on the screen in both themes. Empty when nothing is wrong. */
export async function violations(page: Page): Promise<string[]> {
  const found: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.evaluate(SETTLED)
    const known = await page.evaluate<boolean>('typeof axe === "object"')
    if (!known) await page.evaluate(source)
    // Looked at again when something is wrong: a frame of a busy computer may be between themes
    const first = await page.evaluate<string[]>(RUN)
    const wrong =
      first.length === 0 ? first : await page.evaluate<string[]>(`${AGAIN}.then(() => ${RUN})`)
    found.push(...wrong.map((words) => `${colorScheme}: ${words}`))
  }
  await page.emulateMedia({ colorScheme: null })
  return found
}
