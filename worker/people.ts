/** Names that members gave themselves (kind 0), remembered by event. */
import type { NostrEvent } from '../protocol/nostr.ts'
import { now } from './relays/group.ts'
import type { Group } from './relays/group.ts'
import { KIND } from './relays/policy.ts'
import { readReplaceable } from './relays/state.ts'

const NAME_LIMIT = 100
const REMEMBERED = 10_000

export class People {
  readonly #names = new Map<string, string | null>()

  /** The name of a member in a relay; null when none was given. */
  async nameOf(group: Group, pubkey: string): Promise<string | null> {
    const pointer = await readReplaceable(group.relay.state, KIND.profile, pubkey)
    if (pointer === null) return null
    const known = this.#names.get(pointer.id)
    if (known !== undefined) return known
    const profile = await group.relay.eventSoon(pointer.position)
    if (profile === null) return null // on its way, or nobody has it any more
    const name = nameIn(profile)
    if (this.#names.size >= REMEMBERED) this.#names.clear()
    this.#names.set(pointer.id, name)
    return name
  }

  /** Publishes our name in a relay, unless it says so already. */
  async introduce(group: Group, pubkey: string, name: string): Promise<void> {
    if (!group.joined || (await this.nameOf(group, pubkey)) === name) return
    const newest = await readReplaceable(group.relay.state, KIND.profile, pubkey)
    await group.publish({
      kind: KIND.profile,
      created_at: Math.max(now(), (newest?.createdAt ?? 0) + 1),
      tags: [],
      content: JSON.stringify({ name })
    })
  }
}

function nameIn(profile: NostrEvent): string | null {
  try {
    const { name } = JSON.parse(profile.content) as { name?: unknown }
    return typeof name === 'string' && name.trim() !== '' ? name.slice(0, NAME_LIMIT) : null
  } catch {
    return null // a profile that is not JSON names nobody
  }
}
