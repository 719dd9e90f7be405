/** A hostile admin, who has the relay's key, dates what it says of the group for ever ahead. */
import test from 'brittle'

import { Membership } from '../../gateway/membership.ts'
import { signEvent, tagValues } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { MemberProof } from '../../protocol/card.ts'
import { Credentials } from '../../worker/relays/credentials.ts'
import { KIND } from '../../worker/relays/kinds.ts'
import { encodeRecord } from '../../worker/relays/records.ts'
import { isLive, readReplaceable } from '../../worker/relays/state.ts'
import { seats } from './group-fixture.ts'
import type { Seat } from './group-fixture.ts'
import { until } from './member.ts'

const EVER = Number.MAX_SAFE_INTEGER
const end = { handshakeHash: Buffer.alloc(64, 1), noiseKey: Buffer.alloc(32, 2) }

/** The newest list of members that somebody's state has by today's key; null for none. */
async function listOf({ group: { relay } }: Seat): Promise<NostrEvent | null> {
  const key = relay.facts?.relayPubkey ?? ''
  const held = await readReplaceable(relay.state, KIND.members, key, 'field-notes')
  return held === null ? null : relay.eventAt(held.position)
}

/** What somebody would show on a connection, by what its state has now. */
async function proofOf({ group: { relay }, member: { identity } }: Seat): Promise<MemberProof> {
  const driveKey = 'd'.repeat(64)
  const options = { relay, identity, driveKey, publicIdentifier: relay.publicIdentifier }
  return (await new Credentials(options).prove(end))!
}

const listed = (event: NostrEvent | null): string[] =>
  tagValues(event?.tags ? event : EMPTY, 'p').sort()
const EMPTY = { tags: [] } as unknown as NostrEvent

test(
  'what is dated for ever ahead holds until its key is made anew',
  { timeout: 120_000 },
  async (t) => {
    const [founder, ada] = (await seats(t, 1)) as [Seat, Seat]
    const { group } = founder
    const { relay } = group
    await group.acts.putUser(ada.pubkey, 'admin')
    await until(async () => (await ada.group.relaySecret()) !== null, ada.group)
    const secret = (await ada.group.relaySecret())!
    const burnt = relay.facts!.relayPubkey

    // A modified worker: its list names nobody but itself, and nothing would ever be newer.
    const tags = [
      ['d', 'field-notes'],
      ['p', ada.pubkey]
    ]
    const list = signEvent({ kind: KIND.members, created_at: EVER, tags, content: '' }, secret)
    const future = signEvent(
      { kind: 39004, created_at: EVER, tags: [tags[0]!], content: '' },
      secret
    )
    const gateway = new Membership(relay.publicIdentifier!)
    const forged = { ...(await proofOf(ada)), members: list }
    t.exception(() => gateway.accept(forged, end), /in the future/, 'no gateway takes it')

    await ada.group.relay.base.append(
      [list, future].map((event) => encodeRecord({ type: 'event', event }))
    )
    await until(() => relay.facts?.relayPubkey !== burnt, group)
    await until(async () => {
      const newest = await listOf(founder)
      return listed(newest).join() === [founder.pubkey, ada.pubkey].sort().join()
    }, group)
    t.absent(await isLive(relay.state, list.id), 'what the old key said is not seen any more')
    t.absent(await isLive(relay.state, future.id), 'nor what nobody knows yet')
    t.ok((await listOf(founder))!.created_at < Date.now() / 1000 + 60)
    gateway.accept(await proofOf(founder), end)
    t.ok(gateway.has(founder.pubkey) && gateway.has(ada.pubkey))
    t.exception(() => gateway.accept(forged, end), /UNPROVEN|future|newer/)

    // When that admin goes, the key that it knows goes too, with all it says by it from then on.
    const second = relay.facts!.relayPubkey
    await until(async () => (await ada.group.relaySecret()) !== null, ada.group)
    const known = (await ada.group.relaySecret())!
    await group.acts.removeUser(ada.pubkey)
    await until(() => relay.facts?.relayPubkey !== second, group)
    await until(async () => listed(await listOf(founder)).join() === founder.pubkey, group)
    const word = {
      kind: KIND.members,
      created_at: Math.floor(Date.now() / 1000) + 60,
      tags,
      content: ''
    }
    gateway.accept(await proofOf(founder), end)
    const late = { ...forged, members: signEvent(word, known) }
    t.exception(() => gateway.accept(late, end), 'by the old key and the old card')
    t.absent(gateway.has(ada.pubkey))
    t.alike(listed(await listOf(founder)), [founder.pubkey])
  }
)
