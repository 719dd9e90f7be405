/** An admin of a private group, with a modified worker, who names another group's core there. */
import b4a from 'b4a'
import test from 'brittle'

import { signEvent } from '../../protocol/nostr.ts'
import type { Group } from '../../worker/relays/group.ts'
import { encodeRecord } from '../../worker/relays/records.ts'
import { readWriter } from '../../worker/relays/state.ts'
import { proveWriter, writerTag } from '../../worker/relays/writer-proof.ts'
import { localDht, until } from './member.ts'
import { joinBy, startWhole, together } from './whole.ts'
import type { Whole } from './whole.ts'

test(
  'a core of another group enters neither the circle nor the log',
  { timeout: 120_000 },
  async (t) => {
    const bootstrap = await localDht(t)
    const [victim, friend, spy] = [
      await startWhole(t, bootstrap),
      await startWhole(t, bootstrap),
      await startWhole(t, bootstrap)
    ]
    const open = await together(victim, [friend], 'open')
    const trap = await together(spy, [victim], 'private')
    const groupOf = (whole: Whole, key: string): Group => whole.worker.use().relays.get(key)
    const target = groupOf(victim, open.relayKey).relay
    const theirs = groupOf(spy, trap.relayKey).relay
    const trapped = groupOf(victim, trap.relayKey).relay

    // It signs itself, as whoever it likes, and does not ask its own policy.
    const { identity } = spy.worker.use()
    const { discoveryKey } = theirs
    const fake = proveWriter(theirs.base.local.keyPair!, { discoveryKey, pubkey: identity.pubkey })
    for (const named of [['writer', target.writer], writerTag(target.writer, fake)]) {
      const tags = [['h', theirs.facts!.alias], ['relay', discoveryKey], named]
      const request = signEvent(
        { kind: 9021, created_at: 1, tags, content: '' },
        identity.secretKey
      )
      await theirs.base.append(encodeRecord({ type: 'admit', request }))
    }
    await spy.calls.post({ relayKey: trap.relayKey, content: 'after it', kind: 9, files: [] })
    const heard = async (): Promise<boolean> =>
      (await trapped.newestEvents(50)).some(({ content }) => content === 'after it')
    await until(heard, trapped)
    t.is(await readWriter(trapped.state, target.writer), null, 'it is no writer')

    // What a wakeup of any member makes of our side: Autobase opens the core to look.
    const key = b4a.from(target.writer, 'hex')
    trapped.base.hintWakeup([{ key, length: 1000 }])
    await trapped.base.update()
    await victim.calls.post({ relayKey: open.relayKey, content: 'still here', kind: 9, files: [] })
    const group = groupOf(friend, open.relayKey)
    await until(
      async () =>
        (await group.relay.newestEvents(50)).some(({ content }) => content === 'still here'),
      group
    )
    t.pass('its own group has it as before')

    const store = spy.worker.use().store.session()
    const core = store.get({ key })
    await core.ready()
    await t.exception(core.get(0, { timeout: 3000 }), 'and members of the other one have not')
    await core.close()
    await joinBy(victim, spy, open.relayKey)
    t.ok(await readWriter(groupOf(spy, open.relayKey).relay.state, target.writer))
  }
)
