import fs from 'bare-fs'

/** Files of the cache, spools and sockets to members need some as well. */
const OWN = 512

/**
 * How many clients may be connected at once: without a descriptor for the cache or for
 * members nobody would be served.
 *
 * @param wanted - connections, as configured
 * @param limit - descriptors that this process may have; null where the system does not say
 */
export function connectionsWithin(wanted: number, limit: number | null): number {
  if (limit === null) return wanted
  return Math.max(1, Math.min(wanted, limit - Math.min(OWN, Math.floor(limit / 2))))
}

/** Descriptors that this process may have; null where the system does not say. */
export function descriptorLimit(): number | null {
  try {
    const limits = String(fs.readFileSync('/proc/self/limits'))
    const most = /^Max open files\s+(\d+)/m.exec(limits)?.[1]
    return most === undefined ? null : Number(most)
  } catch {
    return null // not a Linux
  }
}
