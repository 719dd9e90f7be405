/** A gateway that nobody listed, asked for a private relay's file. */
import test from 'brittle'

import { ask } from './client.ts'
import { startGateway } from './fixture.ts'
import { localDht } from '../worker/member.ts'
import { randomFile, share, startWhole } from '../worker/whole.ts'

test('a private relay’s members answer it nothing', { timeout: 120_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const member = await startWhole(t, bootstrap)
  const served = await member.calls.createRelay({ name: 'Field notes', access: 'closed' })
  const hidden = await member.calls.createRelay({ name: 'Hidden', access: 'private' })
  const file = await randomFile(t, 10_000)
  for (const { relayKey } of [served, hidden]) await share(member, relayKey, file)
  const seen: string[] = []
  const log = (event: string, fields: Record<string, unknown> = {}): void => {
    seen.push(JSON.stringify({ event, ...fields }))
  }
  const gateway = await startGateway(t, bootstrap, { limits: { look: 3000 }, log })
  const address = ({ publicIdentifier }: { publicIdentifier: string }): string =>
    `${gateway.url}/drive/${publicIdentifier}/${file.hash}`
  t.is((await ask(address(served))).status, 200, 'the same file, of a closed one')
  const refused = await ask(address(hidden))
  t.is(refused.status, 503)
  t.absent(refused.body.includes(file.bytes.subarray(0, 32) as never))
  t.absent(seen.some((line) => line.includes('member connected') && line.includes('hidden')))
})
