/** Why something is refused: a value with a machine-readable prefix (NIP-01), never a throw. */
export interface Rejection {
  prefix: 'invalid' | 'restricted' | 'duplicate' | 'blocked'
  reason: string
}

export const invalid = (reason: string): Rejection => ({ prefix: 'invalid', reason })
export const restricted = (reason: string): Rejection => ({ prefix: 'restricted', reason })
export const duplicate = (reason: string): Rejection => ({ prefix: 'duplicate', reason })
export const blocked = (reason: string): Rejection => ({ prefix: 'blocked', reason })
