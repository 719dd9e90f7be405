/** A private group on the page: who comes in, and who decides. */
import { randomBytes } from 'node:crypto'
import test from './page-test.ts'
import { decode } from 'nostr-tools/nip19'
import type { Page } from 'playwright-core'

import {
  choose,
  create,
  escape,
  introduce,
  look,
  makeInvite,
  pasteInvite,
  picture,
  say
} from './page.ts'
import { PATIENT, strangers } from './people.ts'
import { drawPng } from './picture-file.ts'

const row = (page: Page, name: string) =>
  page.getByRole('list', { name: 'People' }).getByRole('listitem').filter({ hasText: name })

test('a private group: in by invite and by approval, roles, gateways', PATIENT, async (t) => {
  const [mara, ivo, sun] = (await strangers(t, 3))?.people ?? []
  if (!mara || !ivo || !sun) return
  await introduce(mara.page, 'Mara', 'Create a group')
  await create(mara.page, 'Band demos', 'Private')
  await mara.page.getByText('Private group').first().waitFor()
  t.pass('a private group was made')

  await introduce(ivo.page, 'Ivo', 'I have an invite')
  await pasteInvite(ivo.page, await makeInvite(mara.page))
  await ivo.page.getByRole('heading', { name: 'Band demos' }).waitFor()
  await say(mara.page, 'Take one')
  await mara.page
    .locator('input[type=file]')
    .first()
    .setInputFiles([
      { name: 'take-01.flac', mimeType: 'audio/flac', buffer: randomBytes(300_000) },
      { name: 'cover.png', mimeType: 'image/png', buffer: drawPng(960, 540) }
    ])
  await mara.page.getByRole('button', { name: 'Send', exact: true }).click()
  await ivo.page.getByRole('log').getByText('Take one').waitFor()
  await look(ivo.page, 'Files')
  await ivo.page.getByText('On this device · 2').first().waitFor()
  await look(ivo.page, 'Conversation')
  await say(ivo.page, 'I hear a hum')
  await mara.page.getByRole('log').getByText('I hear a hum').waitFor()
  await ivo.page.getByRole('img', { name: /cover\.png/ }).waitFor()
  t.pass('words and a file reach the other, and the picture opens')

  await introduce(sun.page, 'Sunniva', 'I have an invite')
  await pasteInvite(sun.page, await makeInvite(mara.page, { asked: true, shown: 'invite-asks' }))
  await sun.page.getByRole('dialog').getByText('Waiting for an admin').waitFor()
  await look(mara.page, 'People')
  await mara.page.getByRole('button', { name: 'Approve Sunniva' }).waitFor()
  t.pass('who asks is shown by the name that they gave')
  await picture(mara.page, 'asking')
  await mara.page.getByRole('button', { name: 'Approve Sunniva' }).click()
  await sun.page.getByRole('heading', { name: 'Band demos' }).waitFor()
  await row(mara.page, 'Sunniva').waitFor()
  t.pass('who was asked about is in as soon as an admin approves')

  await choose(mara.page, 'Actions for Ivo', 'Make moderator')
  await look(ivo.page, 'People')
  await row(ivo.page, 'Ivo').getByText('Moderator').waitFor()
  t.pass('a role is seen by who has it')
  await picture(mara.page, 'roles')

  const key = randomBytes(32).toString('hex')
  const settings = (page: Page) => page.getByRole('button', { name: 'Group settings' }).click()
  const gateways = (page: Page) => page.locator('summary', { hasText: 'Files in a browser' })
  await settings(mara.page)
  await gateways(mara.page).click()
  await mara.page.getByText(/sees the files that it carries/).waitFor()
  await mara.page.getByLabel('Gateway key').fill(key.slice(1))
  await mara.page.getByRole('button', { name: 'Add gateway' }).click()
  await mara.page.getByText('A gateway’s key has 64 characters').waitFor()
  await mara.page.getByLabel('Gateway key').fill(key)
  await mara.page.getByRole('button', { name: 'Add gateway' }).click()
  await mara.page.getByText(key, { exact: true }).waitFor()
  await picture(mara.page, 'gateways')
  await settings(ivo.page)
  await gateways(ivo.page).click()
  await ivo.page.getByText(key, { exact: true }).waitFor()
  t.is(await ivo.page.getByRole('button', { name: /^Remove gateway/ }).count(), 0)
  t.pass('members see which gateways an admin listed')
  await mara.page.getByRole('button', { name: /^Remove gateway/ }).click()
  await gateways(ivo.page).waitFor({ state: 'detached' })
  t.is(await mara.page.getByRole('radio').count(), 0, 'a private group stays private')

  await mara.page.locator('summary', { hasText: 'Other Nostr apps' }).click()
  const address = await mara.page.getByLabel('Relay address').inputValue()
  t.ok(/^ws:\/\/127\.0\.0\.1:\d+\/npub1\w+:band-demos$/.test(address), address)
  const reference = await mara.page.getByLabel('Group reference').inputValue()
  const { data } = decode(reference) as { data: { kind: number; relays: string[] } }
  t.is(data.kind, 39000)
  t.alike(data.relays, [address], 'where the reference says it is served')
  const field = mara.page.locator('.copy-field', { hasText: 'Group reference' })
  await field.getByRole('button', { name: 'Copy' }).click()
  await field.getByRole('button', { name: 'Copied' }).waitFor()
  t.is(await mara.page.evaluate<string>('navigator.clipboard.readText()'), reference)
  await picture(mara.page, 'other-apps')
  for (const { page } of [mara, ivo]) await escape(page)
  const wrong = [mara, ivo, sun].flatMap((one) => one.wrong)
  t.alike(wrong, [], 'no page error, nothing the CSP refused')
})
