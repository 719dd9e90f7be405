/** A program whose worker can be taken away from its page, and given back. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'

/** The program, for `run` and `gathered`; its worker is `frail-worker.ts`. */
export const FRAIL = 'test/app/frail-main.js'

/** What a page says while its worker is away. */
export const lost = (page: Page): Locator => page.getByText(/Hypertuna stopped answering/)

/** The worker ends as by a fault of its own, and stays away until what this returns is called. */
export function takeWorker(storage: string): () => void {
  const sign = join(storage, 'away')
  writeFileSync(sign, '')
  return () => rmSync(sign)
}
