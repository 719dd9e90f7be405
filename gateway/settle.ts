import { HypertunaError } from '../protocol/errors.ts'
import type { Signal } from '../protocol/file-channel/channel.ts'
import type { FileDigest } from '../protocol/pieces.ts'
import { isForMembers, type Found } from './file-reader.ts'
import type { GatewayLimits } from './limits.ts'
import type { Metrics } from './metrics.ts'
import type { Keeper } from './spool.ts'
import type { Spools } from './spools.ts'
import { within } from './wait.ts'

/** A file whose size is more than somebody's word. */
export interface Settled {
  found: Found
  /** To be called when it is read no more. */
  end: () => void
}

interface Options {
  spools: Spools
  cache: Keeper
  limits: GatewayLimits
  metrics: Metrics
  signal: Signal
  /** The whole of a public file was hashed here. */
  name: (digest: FileDigest, found: Found) => void
}

/**
 * What was found with its true size: where the event tells none, and the file was not
 * measured here before, it is fetched whole and hashed, before anything is said of it.
 *
 * @throws {HypertunaError} as `FileReader.read`; TIMEOUT when that takes too long
 */
export async function settle(found: Found, options: Options): Promise<Settled> {
  const { located, relay } = found
  if (located === null || relay === null || located.isSized || found.record.piecesRoot !== null) {
    return { found, end: () => {} }
  }
  const { spools, cache, limits, metrics, signal, name } = options
  const spool = spools.acquire(relay, located, { keeper: cache, metrics })
  const end = (): void => {
    const { code } = HypertunaError.from(signal.reason)
    spools.release(spool, signal.aborted && code === 'TIMEOUT')
  }
  try {
    const { digest } = await within(spool.filled, limits.firstByte, signal)
    const record = { ...found.record, size: digest.size }
    if (isForMembers(located)) {
      return { found: { ...found, record, located: { ...located, record } }, end }
    }
    const { piecesRoot } = digest
    const settled = { ...found, record: { ...record, piecesRoot } }
    name(digest, settled)
    return { found: settled, end }
  } catch (err) {
    end()
    throw err
  }
}
