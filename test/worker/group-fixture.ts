/** Groups of real members, for tests of what people may do to each other. */
import AbortController from 'bare-abort-controller'

import { signEvent } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { now } from '../../worker/relays/group.ts'
import type { Group } from '../../worker/relays/group.ts'
import { isLive, readMember } from '../../worker/relays/state.ts'
import { localDht, startMember, until } from './member.ts'
import type { Member, TestContext } from './member.ts'

export interface Seat {
  member: Member
  group: Group
  pubkey: string
}

export const quiet = (): { signal: never; onphase(): void } => ({
  signal: new AbortController().signal as never,
  onphase() {}
})

/** A founder and so many who joined by invites, in one relay. */
export async function seats(
  t: TestContext,
  others: number,
  access: 'open' | 'closed' | 'private' = 'closed'
): Promise<Seat[]> {
  const bootstrap = await localDht(t)
  const founder = await startMember(t, bootstrap)
  const group = await founder.relays.create({ name: 'Field notes', access })
  const all = [{ member: founder, group, pubkey: founder.identity.pubkey }]
  for (let i = 0; i < others; i++) {
    all.push(await join(all[0]!, await startMember(t, bootstrap)))
  }
  return all
}

export async function join(by: Seat, member: Member): Promise<Seat> {
  const { relayKey } = by.group.relay
  const { invite } = await by.member.relays.invite(relayKey, { expiresIn: 600, uses: 1 })
  const group = await member.relays.join(invite, quiet())
  return { member, group, pubkey: member.identity.pubkey }
}

/** An event of somebody's for the group, not sent yet. */
export function signed(by: Seat, kind: number, tags: string[][], content = ''): NostrEvent {
  const all = [['h', 'field-notes'], ...tags]
  return signEvent({ kind, created_at: now(), tags: all, content }, by.member.identity.secretKey)
}

export function says(by: Seat, content: string): Promise<NostrEvent> {
  return by.group.publish({
    kind: 9,
    created_at: now(),
    tags: [['h', 'field-notes']],
    content
  })
}

/** Resolves when all of them have an event. */
export async function heard(event: Pick<NostrEvent, 'id'>, ...all: Seat[]): Promise<void> {
  await Promise.all(all.map(({ group }) => until(() => isLive(group.relay.state, event.id), group)))
}

/** Resolves when all of them give somebody this role; null for none. */
export async function hasRole(pubkey: string, role: string | null, ...all: Seat[]): Promise<void> {
  await Promise.all(
    all.map(({ group }) =>
      until(
        async () => ((await readMember(group.relay.state, pubkey))?.role ?? null) === role,
        group
      )
    )
  )
}
