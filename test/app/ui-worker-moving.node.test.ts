/** The worker dies while files are on their way, to the group and from it. */
import { truncateSync, writeFileSync } from 'node:fs'
import { randomFillSync } from 'node:crypto'
import { join } from 'node:path'
import type { Page } from 'playwright-core'

import { violations } from './axe.ts'
import { FRAIL, lost, takeWorker } from './frail.ts'
import { picture } from './page.ts'
import test from './page-test.ts'
import { gathered, PATIENT, sessionOf } from './people.ts'
import type { Person } from './people.ts'
import { temporary } from './programs.ts'

const MB = 1_000_000
const field = (page: Page) => page.getByRole('textbox', { name: /Message to/ })
const card = (page: Page, name: string) => page.getByRole('figure').filter({ hasText: name })

/** Ends the worker, until what this returns is called; the page says so. */
async function crash({ page, storage }: Person): Promise<() => void> {
  const giveBack = takeWorker(storage)
  await lost(page).waitFor()
  return giveBack
}

test('the worker dies while files move', PATIENT, async (t) => {
  const meeting = await gathered(t, ['Mara', 'Ivo'], 'Field notes', 'closed', FRAIL)
  const [mara, ivo] = meeting?.people ?? []
  if (!mara || !ivo) return
  const { page } = ivo
  const folder = temporary(t)
  const [, relayKey = ''] = /#\/([0-9a-f]{64})/.exec(mara.page.url()) ?? []
  const hers = await sessionOf(mara)
  await hers.call('setKeep', { relayKey, keep: 'on-demand' }) // what comes to her is not looked at
  await hers.close()

  // Nothing but room, so that it is long on its way and soon written
  const film = join(folder, 'film.bin')
  writeFileSync(film, '')
  truncateSync(film, 48 * MB)
  await page.locator('input[type=file]').first().setInputFiles(film)
  await field(page).fill('The whole evening')
  await field(page).press('Enter')
  await card(page, 'film')
    .getByText(/^Adding [1-9]/)
    .waitFor()
  await field(page).fill('What I was about to say')
  const again = await crash(ivo)
  await card(page, 'film').getByText('Waiting for the connection').waitFor()
  t.is(await field(page).inputValue(), 'What I was about to say', 'the draft stays')
  await picture(page, 'worker-gone-moving')
  t.alike(await violations(page), [], 'and the page says how it is')
  again()
  await lost(page).waitFor({ state: 'detached' })
  await card(page, 'film').getByText('On this device').waitFor()
  t.is(
    await page.getByRole('log').getByText('The whole evening').count(),
    1,
    'it was sent by itself, and once'
  )
  t.is(await field(page).inputValue(), 'What I was about to say')

  const before = await sessionOf(ivo)
  await before.call('setLimits', { down: 4 * MB, up: 0, concurrent: 0 })
  await before.close()
  const take = join(folder, 'take-01.bin')
  writeFileSync(take, randomFillSync(Buffer.alloc(10 * MB)))
  await mara.page.locator('input[type=file]').first().setInputFiles(take)
  await mara.page.getByRole('button', { name: 'Send', exact: true }).click()
  const there = card(page, 'take-01')
  await there.getByText(/^Getting it · [1-9]/).waitFor()
  const tray = page.getByRole('complementary', { name: 'Transfers' })
  await tray.getByText(/From 1 member, directly/).waitFor()
  const onceMore = await crash(ivo)
  await there.waitFor()
  t.is(await field(page).inputValue(), 'What I was about to say', 'here too')
  onceMore()
  await lost(page).waitFor({ state: 'detached' })
  await there.getByText('On this device · 2').waitFor()
  t.pass('what was coming goes on by itself')
  await field(page).press('Enter')
  await mara.page.getByRole('log').getByText('What I was about to say').waitFor()
  t.alike([...mara.wrong, ...ivo.wrong], [], 'no page error, nothing the CSP refused')
})
