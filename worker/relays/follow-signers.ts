/** How a device finds what others have signed: as a newcomer, and after an absence. */
import b4a from 'b4a'
import type Autobase from 'autobase'

import { readAdminDevices } from './indexers.ts'
import type { StateReader } from './state.ts'

/**
 * A newcomer looks in the core that its invite names; again with each peer, since
 * Autobase gives up after seconds.
 * @param isNew only until there is anything: a key that is not the newest would lead back
 *   to what somebody signed alone
 */
export function takeOverFrom(
  base: Autobase<unknown>,
  systemKey: string | null,
  isNew: () => boolean
): void {
  if (systemKey === null) return
  const key = b4a.from(systemKey, 'hex')
  const look = (): void => {
    if (isNew() && !b4a.equals(base.core.key, key)) base._queueStaticFastForward(key)
  }
  base.core.on('peer-add', look)
  look()
}

/**
 * Has the admins' devices looked at. Autobase tells others only of writers that have
 * written something unsigned: who was away while the signers changed would otherwise
 * wait for the old ones for ever.
 */
export async function lookForSigners(
  base: Autobase<unknown>,
  state: StateReader,
  relayKey: string
): Promise<void> {
  const devices = await readAdminDevices(state, relayKey)
  base.hintWakeup(devices.map(({ writer }) => ({ key: b4a.from(writer, 'hex'), length: -1 })))
}
