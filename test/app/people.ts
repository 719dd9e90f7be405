/** People at their pages: a worker and a page for each, begun all at once. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import type { Duplex } from 'streamx'

import { createClient } from '../../protocol/rpc/client.ts'
import type { RpcClient } from '../../protocol/rpc/client.ts'
import { openBrowser, openPage } from './page.ts'
import type { Test as PageTest } from './page.ts'
import { localDht, runMember, temporary } from './programs.ts'
import type { Running } from './programs.ts'

/** An address at which no DHT is, for who meets nobody */
export const NOBODY = '127.0.0.1:1'

/** Waits of a page fail after two minutes each; a test has to outlast some of them. */
export const PATIENT = { timeout: 400_000 }

/** What people need of a test; its teardowns run in the order of their numbers. */
export interface Test extends PageTest {
  teardown(fn: () => unknown, options?: { order?: number }): void
}

export interface Person {
  readonly page: Page
  /** Errors of the page, and what its CSP refused */
  readonly wrong: string[]
  readonly storage: string
  readonly program: Running
}

export interface Meeting {
  readonly browser: Browser
  readonly bootstrap: string
  readonly people: Person[]
}

/** So many people who have opened the app for the first time; null where there is no browser. */
export async function strangers(t: Test, count: number): Promise<Meeting | null> {
  return meet(t, Array<string>(count).fill(''), async () => {})
}

/**
 * Named people in one group that the first of them made, for tests of what comes after that.
 * Their pages open at the group's conversation. Null where there is no browser.
 * @param entry of the programs that they run, `npm start`'s unless told
 */
export async function gathered(
  t: Test,
  names: readonly string[],
  group: string,
  access: 'open' | 'closed' | 'private' = 'closed',
  entry?: string
): Promise<Meeting | null> {
  const prepare = (members: Member[]): Promise<void> => assemble(members, names, group, access)
  const meeting = await meet(t, names, prepare, entry)
  for (const { page } of meeting?.people ?? []) {
    await page.getByRole('heading', { name: group }).waitFor()
  }
  return meeting
}

interface Member {
  url: string
  program: Running
  storage: string
}

async function meet(
  t: Test,
  names: readonly string[],
  prepare: (members: Member[]) => Promise<void>,
  entry?: string
): Promise<Meeting | null> {
  const [browser, bootstrap] = await Promise.all([
    openBrowser(t),
    names.length > 1 || process.env.SCREENS !== undefined ? localDht(t) : NOBODY
  ])
  if (browser === null) return null
  const members = await Promise.all(names.map((name) => begin(t, bootstrap, name, entry)))
  await prepare(members)
  const people = members.map(async (member) => ({
    ...member,
    ...(await openPage(browser, member.url))
  }))
  return { browser, bootstrap, people: await Promise.all(people) }
}

async function begin(t: Test, bootstrap: string, name: string, entry?: string): Promise<Member> {
  const storage = join(temporary(t), 'storage')
  mkdirSync(storage)
  if (name !== '') {
    const config = JSON.stringify({ version: 1, displayName: name })
    writeFileSync(join(storage, 'user-config.json'), config)
  }
  const member = await runMember(bootstrap, storage, entry)
  t.teardown(() => member.program.stop())
  return { ...member, storage }
}

/** A session with the worker itself, as another face of the same person would have it. */
export async function sessionOf({
  program,
  storage
}: Pick<Person, 'program' | 'storage'>): Promise<RpcClient> {
  await program.says(/"event":"ready"/) // and its socket is there
  return createClient(connect(join(storage, 'worker.sock')) as unknown as Duplex)
}

async function assemble(
  members: Member[],
  names: readonly string[],
  group: string,
  access: 'open' | 'closed' | 'private'
): Promise<void> {
  const sessions = await Promise.all(members.map(sessionOf))
  await Promise.all(sessions.map((session, i) => session.call('setName', { name: names[i] ?? '' })))
  const [founder, ...others] = sessions
  if (founder === undefined) return
  const { relayKey } = await founder.call('createRelay', { name: group, access })
  for (const session of others) {
    const { invite } = await founder.call('createInvite', { relayKey, expiresIn: 3600, uses: 1 })
    await joined(session, invite)
  }
  await Promise.all(sessions.map((session) => session.close()))
}

function joined(session: RpcClient, invite: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = session.subscribe(
      'joinRelay',
      { invite },
      ({ phase }) => {
        if (phase !== 'ready') return
        resolve()
        leave()
      },
      (error) => (error === null ? resolve() : reject(error))
    )
  })
}
