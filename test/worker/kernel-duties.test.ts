/** A relay keeps its voice, whatever a bad admin makes of its key. */
import test from 'brittle'

import { formatPublicIdentifier } from '../../protocol/ids.ts'
import { carried, eventBy, Kernel, openStore, person } from './kernel-fixture.ts'
import { readCards, readMember, readReplaceable } from '../../worker/relays/state.ts'
import type { Cards } from '../../worker/relays/state.ts'
import { encodeRecord } from '../../worker/relays/records.ts'
import type { RelayRecord } from '../../worker/relays/records.ts'
import { KIND } from '../../worker/relays/kinds.ts'
import { seats } from './group-fixture.ts'
import { until } from './member.ts'
import { signEvent } from '../../protocol/nostr.ts'
import { eventRecord } from '../../worker/relays/group-duties.ts'
import { groupStateTemplates } from '../../worker/relays/group-events.ts'

const FUTURE = Math.ceil(Date.now() / 1000) + 60

test(
  'an admin that names a key of the relay which nobody has is overruled',
  { timeout: 120_000 },
  async (t) => {
    const [founder, ada] = await seats(t, 1)
    const { relay } = founder!.group
    await founder!.group.acts.putUser(ada!.pubkey, 'admin')
    // The creator's card names it then, and it may speak in the creator's absence.
    const cards = (): Promise<Cards | null> => readCards(ada!.group.relay.state)
    await until(async () => (await cards())?.admins.includes(ada!.pubkey) === true, ada!.group)
    const nobodys = person('nobody').pubkey
    const tags = [
      ['relayKey', relay.relayKey],
      ['relayPubkey', nobodys],
      ['card', (await cards())!.creators.id]
    ]
    const { secretKey } = ada!.member.identity
    const by = { name: 'ada', secretKey, pubkey: ada!.pubkey }
    const far = eventBy(by, { kind: KIND.createGroup, tags, at: Number.MAX_SAFE_INTEGER })
    const bad: RelayRecord[] = [
      { type: 'event', event: far },
      {
        type: 'seal',
        to: founder!.pubkey,
        from: ada!.pubkey,
        relayPubkey: nobodys,
        payload: 'nothing'
      }
    ]
    await ada!.group.relay.base.append(bad.map(encodeRecord))
    await until(async () => {
      const key = relay.facts?.relayPubkey ?? ''
      const list = await readReplaceable(relay.state, KIND.members, key, 'field-notes')
      return key !== nobodys && list !== null && (await relay.eventAt(list.position)).pubkey === key
    }, founder!.group)
    t.not(relay.facts?.relayPubkey, nobodys)
    t.ok(await founder!.group.relaySecret())
    t.ok(await readMember(relay.state, ada!.pubkey))
  }
)

test('who vanishes names the group by any form of its address', async (t) => {
  const kernel = await Kernel.found(await openStore(t), 'vanish')
  const ada = person('ada')
  const writer = await kernel.join(ada)
  const asks = async (address: string): Promise<boolean> => {
    const tags = [['relay', address]]
    return (await kernel.judge(writer, carried(eventBy(ada, { kind: 62, tags })))) === null
  }
  const { pubkey } = kernel.founder
  t.ok(await asks(`wss://gateway.example/${formatPublicIdentifier(pubkey, 'field-notes')}`))
  t.ok(await asks(`ws://127.0.0.1:1945/${pubkey}:field-notes/`))
  t.absent(await asks(`ws://127.0.0.1:1945/${pubkey}:another`))
  t.absent(await asks(`https://gateway.example/${pubkey}:field-notes`))
})

test('what was told of the group by somebody who had not heard the newest is told anew', async (t) => {
  const [founder] = await seats(t, 0)
  const { group } = founder!
  const { relay } = group
  const secret = (await group.relaySecret())!
  const { relayPubkey } = relay.facts!
  const told = async (): Promise<string | undefined> => {
    const metadata = await readReplaceable(relay.state, KIND.metadata, relayPubkey, 'field-notes')
    const { tags } = await relay.eventAt(metadata!.position)
    return tags.find(([name]) => name === 'name')?.[1]
  }
  // As when the description was made before a rename that came into the log before it.
  const stale = groupStateTemplates({ ...relay.facts!, name: 'Old' }, relay.members, FUTURE)
  const events = stale.map((template) => signEvent(template, secret))
  await relay.append(events.map(eventRecord))
  await until(async () => (await told()) === relay.facts?.name, group)
  t.is(await told(), relay.facts?.name)
})
