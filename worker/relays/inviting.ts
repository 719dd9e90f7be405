/** Invites as an admin makes them. */
import { HypertunaError } from '../../protocol/errors.ts'
import { now } from './group.ts'
import type { Group } from './group.ts'
import { encodeInvite } from './invite-code.ts'
import { Pairing } from './pairing.ts'

export interface InviteTerms {
  /** Seconds, 0 for never. */
  expiresIn: number
  /** Admissions, 0 for any number. */
  uses: number
  /** Whether an admin is asked about each who comes. */
  approval?: boolean
}

/**
 * Makes an invite and lets the relay know of it.
 * @returns its text, a secret, and when it expires: unix seconds, 0 never
 * @throws NOT_ALLOWED
 */
export async function inviteTo(
  { relay, acts, role }: Group,
  { expiresIn, uses, approval = false }: InviteTerms
): Promise<{ invite: string; expiresAt: number }> {
  const { facts, publicIdentifier, relayKey, systemKey } = relay
  if (facts === null || publicIdentifier === null || role !== 'admin') {
    throw new HypertunaError('NOT_ALLOWED', 'Only an admin of the group can invite')
  }
  const expiresAt = expiresIn > 0 ? now() + expiresIn : 0
  const { id, publicKey, pairing } = Pairing.create(relayKey, expiresAt)
  const { name, access } = facts
  await acts.createInvite({ code: id, pairing: publicKey, expiresAt, uses, approval })
  const terms = { publicIdentifier, name, access, approval, systemKey }
  return { invite: encodeInvite({ pairing, ...terms }), expiresAt }
}
