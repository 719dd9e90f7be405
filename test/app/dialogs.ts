/** Every dialog that a group's page opens by a button, one after the other. */
import type { Page } from 'playwright-core'

import { escape } from './page.ts'

/** @param fine looks at what is open, by its name */
export async function throughDialogs(
  page: Page,
  fine: (screen: string) => Promise<void>
): Promise<void> {
  const press = (name: RegExp) => page.getByRole('button', { name }).first().click()
  for (const [name, screen] of [
    [/^Invite$/, 'an invite'],
    [/^Group settings$/, 'group settings'],
    [/Details$/, 'safety'],
    [/^New group$/, 'a new group'],
    [/^Join with an invite$/, 'joining']
  ] as const) {
    await press(name)
    await page.getByRole('dialog').waitFor()
    await fine(screen)
    await escape(page)
  }
  await press(/^Settings$/)
  for (const section of await page.getByRole('dialog').getByRole('tab').all()) {
    await section.click()
    await page.getByRole('tabpanel').getByRole('heading', { level: 3 }).first().waitFor()
    await fine(`settings: ${await section.textContent()}`)
  }
  await escape(page)
}
