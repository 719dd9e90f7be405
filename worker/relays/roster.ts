import { memberRange } from './keys.ts'
import { readMembershipChange, readRelay } from './state.ts'
import type { MemberFacts, RelayFacts, Role, StateReader } from './state.ts'

/** A relay's facts and people, as they were when last read. */
export class Roster {
  facts: RelayFacts | null = null
  readonly members = new Map<string, Role>()
  /** The most senior first. */
  admins: readonly string[] = []
  /** The log position of the change that was read last. */
  #membership = -2

  /**
   * Reads the facts again, and the people when they changed or `force` is set.
   * @returns whether the people were read
   */
  async read(state: StateReader, force: boolean): Promise<boolean> {
    this.facts = await readRelay(state)
    const membership = await readMembershipChange(state)
    if (membership === this.#membership && !force) return false
    const people = new Map<string, MemberFacts>()
    for await (const { key, value } of state.createReadStream(memberRange)) {
      people.set(key.slice('member:'.length), value as MemberFacts)
    }
    this.#membership = membership
    this.members.clear()
    for (const [pubkey, { role }] of people) this.members.set(pubkey, role)
    const admins = [...people].filter(([, { role }]) => role === 'admin')
    this.admins = admins.sort(([, a], [, b]) => a.rank - b.rank).map(([pubkey]) => pubkey)
    return true
  }
}
