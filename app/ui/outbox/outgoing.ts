import type { HypertunaError } from '../../../protocol/errors.ts'
import type { ChosenFile } from '../intake/choose.ts'

/** `waiting`: for its turn, or for the connection. `gone`: its bytes went with an earlier page. */
export type FilePhase = 'waiting' | 'hashing' | 'sending' | 'stored' | 'failed' | 'gone'

/** A chosen file on its way into the group. Sizes in bytes, `rate` in bytes per second. */
export interface OutgoingFile extends Omit<ChosenFile, 'file'> {
  /** Null after a reload: a page cannot keep another's files */
  file: File | null
  size: number
  mime: string | null
  phase: FilePhase
  done: number
  rate: number
  hash: string | null
  dim: string | null
  thumbhash: string | null
}

/** A message that this page is sending: it is in the group once the worker answers. */
export interface Outgoing {
  id: string
  relayKey: string
  content: string
  /** Seconds since 1970 */
  createdAt: number
  files: OutgoingFile[]
  /** The event that it answers */
  replyTo: string | null
  phase: 'sending' | 'waiting' | 'posted' | 'failed'
  problem: string | null
  eventId: string | null
  /** Whether the worker was asked to post it: it may have done so without our hearing of it */
  asked: boolean
  /** It was left by an earlier page, which may have sent it without hearing so */
  restored: boolean
}

/** Whether what failed is tried again by itself: the worker is gone, or it is starting. */
export function isPassing({ code }: HypertunaError): boolean {
  return code === 'CLOSED' || code === 'BUSY'
}

export function isMoving(file: OutgoingFile): boolean {
  return file.phase === 'hashing' || file.phase === 'sending'
}

/** Whether it waits for a file that has to be added again. */
export function lacksFiles(item: Outgoing): boolean {
  return item.files.some((file) => file.phase === 'gone')
}

/** What can go back into a draft: files whose bytes this page still has. */
export function filesAtHand(item: Outgoing): ChosenFile[] {
  return item.files.flatMap(({ id, file, name, path }) => (file ? { id, file, name, path } : []))
}
