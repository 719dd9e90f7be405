/**
 * Who of several should do something about a file, decided alike by all who see the
 * same members online, without a word between them: each drive has a rank for each
 * file (rendezvous hashing), and the first of them are meant.
 */
import b4a from 'b4a'
import sodium from 'sodium-universal'

/** The drives in the file's own order. */
export function ranked(hash: string, driveKeys: Iterable<string>): string[] {
  const keyed = [...new Set(driveKeys)].map((driveKey) => ({
    driveKey,
    rank: rank(hash, driveKey)
  }))
  keyed.sort((a, b) => b4a.compare(a.rank, b.rank))
  return keyed.map(({ driveKey }) => driveKey)
}

function rank(hash: string, driveKey: string): Uint8Array {
  const rank = b4a.alloc(32)
  sodium.crypto_generichash_batch(rank, [b4a.from(hash, 'hex'), b4a.from(driveKey, 'hex')])
  return rank
}

export interface Copies {
  /** Drives that hold the file, as far as was proved. */
  proved: ReadonlySet<string>
  /** That say so, are online and were not asked yet. */
  claimed: ReadonlySet<string>
  /** Online, ours included, without the file. */
  without: ReadonlySet<string>
}

/** Whether this drive, which has not got the file, is one of those that should fetch it. */
export function shouldFetch(hash: string, own: string, target: number, copies: Copies): boolean {
  const missing = target - copies.proved.size - copies.claimed.size
  if (missing <= 0) return false
  return ranked(hash, [...copies.without, own])
    .slice(0, missing)
    .includes(own)
}

/**
 * Whether this drive may drop the file: enough others who are online were proved to hold
 * it, and they would keep it if all of them wanted to drop it now.
 */
export function mayDrop(
  hash: string,
  own: string,
  target: number,
  others: ReadonlySet<string>
): boolean {
  if (others.size < target) return false
  return !ranked(hash, [...others, own])
    .slice(0, target)
    .includes(own)
}
