/** People at their pages who close the app and open it again. */
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'

import { create, introduce, openPage } from './page.ts'
import { localDht, runMember, temporary } from './programs.ts'
import type { Test } from './programs.ts'

/** A person whose program can be stopped and started again. */
export class Traveller {
  page!: Page
  readonly wrong: string[] = []
  #stop: () => Promise<unknown> = async () => {}
  readonly #browser: Browser
  readonly #bootstrap: string
  readonly #storage: string

  constructor(t: Test, browser: Browser, bootstrap: string) {
    this.#browser = browser
    this.#bootstrap = bootstrap
    this.#storage = join(temporary(t), 'storage')
    t.teardown(() => this.leave())
  }

  async come(): Promise<void> {
    const { url, program } = await runMember(this.#bootstrap, this.#storage)
    const { page, wrong } = await openPage(this.#browser, url)
    this.page = page
    this.#stop = async () => {
      await page.close()
      await program.stop()
      this.wrong.push(...wrong)
    }
  }

  async leave(): Promise<void> {
    const stop = this.#stop
    this.#stop = async () => {}
    await stop()
  }
}

/** Mara in a private group that she made, and Ivo about to come in. */
export async function travellers(t: Test, browser: Browser): Promise<[Traveller, Traveller]> {
  const bootstrap = await localDht(t)
  const pair: [Traveller, Traveller] = [
    new Traveller(t, browser, bootstrap),
    new Traveller(t, browser, bootstrap)
  ]
  await Promise.all(pair.map((one) => one.come()))
  const [mara, ivo] = pair
  await introduce(mara.page, 'Mara', 'Create a group')
  await create(mara.page, 'Band demos', 'Private')
  await introduce(ivo.page, 'Ivo', 'I have an invite')
  return pair
}
