/** One worker and what its faces see of it. */
import AbortController from 'bare-abort-controller'
import { existsSync, renameSync } from 'bare-fs'
import { join } from 'bare-path'
import test from 'brittle'

import { localDht } from './member.ts'
import { eventually, randomFile, share, startWhole, syncOf, together } from './whole.ts'

test(
  'groups of one name, and of no letter at all, live side by side',
  { timeout: 120_000 },
  async (t) => {
    const { calls } = await startWhole(t, await localDht(t))
    const names = ['Field notes', 'Field notes', 'Группа друзей', '🦊🔥🎉']
    const made = []
    for (const name of names) made.push(await calls.createRelay({ name, access: 'open' }))
    t.alike(
      made.map(({ name }) => name),
      names
    )
    const aliases = made.map(({ publicIdentifier }) => publicIdentifier.split(':')[1])
    t.alike(aliases, ['field-notes', 'field-notes-2', 'group', 'group-2'])
  }
)

test(
  'a lost identity or configuration is named, and nobody new is made',
  { timeout: 120_000 },
  async (t) => {
    const bootstrap = await localDht(t)
    const dir = await t.tmp()
    const first = await startWhole(t, bootstrap, dir)
    const { relayKey } = await together(first, [])
    await first.close()

    const [identity, config] = ['identity.json', 'relay-config.json'].map((name) => join(dir, name))
    renameSync(identity ?? '', identity + '.away')
    const nobody = await startWhole(t, bootstrap, dir)
    t.is(nobody.worker.status().problems[0]?.code, 'BAD_IDENTITY')
    await nobody.close()
    t.absent(existsSync(identity ?? ''), 'no new key')
    renameSync(identity + '.away', identity ?? '')

    renameSync(config ?? '', config + '.away')
    const unknown = await startWhole(t, bootstrap, dir)
    t.is(unknown.worker.status().problems[0]?.code, 'BAD_CONFIG')
    await unknown.close()
    renameSync(config + '.away', config ?? '')
    const again = await startWhole(t, bootstrap, dir)
    t.is(again.worker.status().state, 'ready')
    t.ok(again.worker.use().relays.get(relayKey).joined, 'all is as it was')
  }
)

test('links follow the gateways that are set', { timeout: 120_000 }, async (t) => {
  const a = await startWhole(t, await localDht(t))
  const { relayKey } = await together(a, [])
  await share(a, relayKey, await randomFile(t, 100))
  const links: string[] = []
  let look = (): void => {}
  const shown = (start: string): Promise<void> =>
    new Promise((resolve) => {
      look = () => void (links.at(-1)?.startsWith(start) === true && resolve())
      look()
    })
  const subscription = {
    signal: new AbortController().signal,
    closed: false,
    send: ({ files }: { files: { link?: string | null }[] }) => {
      links.push(files[0]?.link ?? '')
      look()
      return true
    }
  }
  await a.calls.files({ relayKey }, subscription as never)
  await shown('hypertuna://')
  await a.calls.setGateways({ gateways: ['https://files.example'] })
  syncOf(a, relayKey).emit('change', null)
  await shown('https://files.example/drive/')
  t.pass('the new one is shown')
  for (const gateway of ['https://user:pw@h.example', 'ftp://h.example', 'https://h.example/#x']) {
    await t.exception(a.calls.setGateways({ gateways: [gateway] }), /gateways\[0\]/)
  }
})

test(
  'what its author takes back leaves the conversation and the files',
  { timeout: 120_000 },
  async (t) => {
    const a = await startWhole(t, await localDht(t))
    const { relayKey } = await together(a, [])
    const file = await randomFile(t, 1000)
    const { path, hash, name } = file
    await a.calls.storePath({ relayKey, path, fileHash: hash, name })
    const files = [{ hash, name }]
    const { eventId } = await a.calls.post({ relayKey, content: 'oops', kind: 9, files })
    await a.calls.post({ relayKey, content: 'fine', kind: 9, files: [] })

    const words: string[][] = []
    const gone = new Promise<void>((resolve) => {
      const subscription = {
        signal: new AbortController().signal,
        closed: false,
        send({ events }: { events: { content: string }[] }) {
          words.push(events.map(({ content }) => content))
          if (words.length === 2) resolve()
          return true
        },
        fail: (err: Error) => t.fail(err.message)
      }
      void a.calls.conversation({ relayKey, limit: 10 }, subscription as never)
    })
    const group = a.worker.use().relays.get(relayKey)
    await eventually(syncOf(a, relayKey), ({ files }) => files.has(hash))
    const tags = [
      ['h', group.relay.facts?.alias ?? ''],
      ['e', eventId]
    ]
    await group.publish({ kind: 5, created_at: Math.floor(Date.now() / 1000), tags, content: '' })
    await gone
    t.alike(words, [['oops', 'fine'], ['fine']])
    await eventually(syncOf(a, relayKey), ({ files }) => !files.has(hash))
    t.is(await syncOf(a, relayKey).records.isDeleted(hash), true, 'and is known to be deleted')
  }
)
