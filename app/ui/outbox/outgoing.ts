import type { ChosenFile } from '../intake/choose.ts'

/** `waiting`: for its turn, or for the connection. */
export type FilePhase = 'waiting' | 'hashing' | 'sending' | 'stored' | 'failed'

/** A chosen file on its way into the group. Sizes in bytes, `rate` in bytes per second. */
export interface OutgoingFile extends ChosenFile {
  mime: string | null
  phase: FilePhase
  done: number
  rate: number
  hash: string | null
  dim: string | null
}

/** A message that this page is sending: it is in the group once the worker answers. */
export interface Outgoing {
  id: string
  relayKey: string
  content: string
  /** Seconds since 1970 */
  createdAt: number
  files: OutgoingFile[]
  phase: 'sending' | 'waiting' | 'posted' | 'failed'
  problem: string | null
  eventId: string | null
}

export function isMoving(file: OutgoingFile): boolean {
  return file.phase === 'hashing' || file.phase === 'sending'
}
