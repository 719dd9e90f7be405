/** What is kept of what was read, as text. */

export interface Read {
  /** Everything up to it was read; in seconds since 1970. */
  until: number
  /** Ids of what came later than what was read, though it is older. */
  late: string[]
}

export interface ReadsFile {
  /** Since when it is kept. */
  begun: number
  /** By relayKey. */
  reads: Map<string, Read>
}

/** @throws for what is no such text */
export function readReads(text: string): ReadsFile {
  const { version, begun, reads } = JSON.parse(text) as Record<string, unknown>
  if (version !== 1 || !isMoment(begun) || typeof reads !== 'object' || reads === null) {
    throw new Error('It is of another version, or damaged')
  }
  const entries = Object.entries(reads).filter((entry): entry is [string, Read] => isRead(entry[1]))
  return { begun, reads: new Map(entries) }
}

function isRead(value: unknown): value is Read {
  const { until, late } = (value ?? {}) as Record<string, unknown>
  return isMoment(until) && Array.isArray(late) && late.every((id) => typeof id === 'string')
}

function isMoment(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
