/** What tests of the files on a page share: rows, and files to add. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'

import { look } from './page.ts'
import { drawPng } from './picture-file.ts'
import { temporary } from './programs.ts'
import type { Test } from './programs.ts'

export const row = (page: Page, name: string) =>
  page.getByRole('grid', { name: 'Files' }).getByRole('row').filter({ hasText: name })

export const preview = (page: Page, name: string) =>
  page.getByRole('dialog', { name: `Preview of ${name}` })

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
