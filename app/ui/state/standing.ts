import type { Relay } from '../../../protocol/rpc/generated/types.ts'

export type Ended = 'deleted' | 'removed' | 'left' | 'letIn'

/** Why nothing new comes to or goes out from a group here; null while it lives. */
export function endOf({ deleted, removed, left, letIn }: Relay): Ended | null {
  if (deleted) return 'deleted'
  if (removed) return 'removed'
  if (left) return 'left'
  return letIn ? 'letIn' : null
}

/** Whether members refuse us, although nothing told us that we are none. */
export function isShutOut(relay: Relay): boolean {
  return relay.shutOut === true && endOf(relay) === null
}

/** Whether we may take back and pin what others wrote. */
export function moderates(relay: Relay): boolean {
  return endOf(relay) === null && (relay.role === 'admin' || relay.role === 'moderator')
}

/** Whether we may let people in, remove them, and describe the group. */
export function administers(relay: Relay): boolean {
  return endOf(relay) === null && relay.role === 'admin'
}
