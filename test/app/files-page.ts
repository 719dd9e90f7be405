/** What tests of the files on a page share: people, rows, and files to add. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'

import { openPage } from './page.ts'
import { drawPng } from './picture-file.ts'
import { runMember, temporary } from './programs.ts'
import type { Test } from './programs.ts'

export interface Person {
  page: Page
  wrong: string[]
}

export async function person(
  t: Test,
  browser: Browser,
  bootstrap: string,
  name: string
): Promise<Person> {
  const member = await runMember(bootstrap, join(temporary(t), name))
  t.teardown(() => member.program.stop())
  return openPage(browser, member.url)
}

export async function create(page: Page, name: string): Promise<void> {
  await page.getByLabel('Group name').fill(name)
  await page.getByText('Closed', { exact: true }).click()
  await page.getByRole('button', { name: 'Create group' }).click()
  await page.getByRole('heading', { name }).waitFor()
}

export const look = (page: Page, tab: string): Promise<void> =>
  page.getByRole('tab', { name: tab }).click()

export const row = (page: Page, name: string) =>
  page.getByRole('grid', { name: 'Files' }).getByRole('row').filter({ hasText: name })

export const preview = (page: Page, name: string) =>
  page.getByRole('dialog', { name: `Preview of ${name}` })

export async function choose(page: Page, menu: string, item: string): Promise<void> {
  await page.getByRole('button', { name: menu }).last().click()
  await page.getByRole('menuitem', { name: item }).click()
}

export async function addOne(page: Page, file: { name: string; mimeType: string; buffer: Buffer }) {
  await look(page, 'Conversation')
  await page.locator('input[type=file]').first().setInputFiles([file])
  await page.getByRole('button', { name: 'Send', exact: true }).click()
}

/** A second of a tone that every browser plays. */
export function wav(): Buffer {
  const samples = Buffer.alloc(8000, 128)
  for (let i = 0; i < 8000; i++) samples[i] = 128 + Math.round(90 * Math.sin(i / 3))
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.writeUInt32LE(36 + 8000, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(8000, 24)
  head.writeUInt32LE(8000, 28)
  head.writeUInt16LE(1, 32)
  head.writeUInt16LE(8, 34)
  head.write('data', 36)
  head.writeUInt32LE(8000, 40)
  return Buffer.concat([head, samples])
}

/** Holiday photos as they lie on a disk. */
export function holiday(t: Test): string {
  const folder = join(temporary(t), 'Holiday')
  mkdirSync(join(folder, 'Lisbon'), { recursive: true })
  mkdirSync(join(folder, 'Porto'))
  writeFileSync(join(folder, 'plan.txt'), 'Trains, beds and where to eat.\n'.repeat(20))
  writeFileSync(join(folder, '.DS_Store'), 'of the system')
  for (let i = 1; i <= 4; i++) {
    writeFileSync(join(folder, 'Lisbon', `IMG_000${i}.png`), drawPng(640 + i * 16, 480))
    writeFileSync(join(folder, 'Porto', `IMG_010${i}.png`), drawPng(360, 480 + i * 16))
  }
  return folder
}
