import type Corestore from 'corestore'

interface Kept {
  storage: Corestore['storage']
  cores: Corestore['cores']
}

/**
 * Deletes cores from the disk, whole: blocks, trees and what is kept beside them. The disk
 * gives their room back when the store is compacted next.
 * @param belongs whether a core is to go; asked with what is kept under `mark` beside it
 * @returns those that went. One that somebody still has open stays.
 */
export async function purgeCores(
  { storage, cores }: Kept,
  mark: string,
  belongs: (mark: Uint8Array) => boolean
): Promise<Uint8Array[]> {
  const purged: Uint8Array[] = []
  for await (const { discoveryKey, core: place } of storage.createCoreStream()) {
    const kept = await readMark(storage, discoveryKey, mark)
    if (kept === null || !belongs(kept) || !(await isClosed(cores, discoveryKey))) continue
    await storage.deleteCore(place)
    purged.push(discoveryKey)
  }
  return purged
}

async function readMark(
  storage: Corestore['storage'],
  discoveryKey: Uint8Array,
  mark: string
): Promise<Uint8Array | null> {
  const core = await storage.resumeCore(discoveryKey)
  if (core === null) return null
  const reading = core.read()
  const kept = reading.getUserData(mark)
  reading.tryFlush()
  try {
    return await kept
  } finally {
    await core.close()
  }
}

/** Corestore keeps a core open for a while after its last session; without one it can be closed. */
async function isClosed(cores: Corestore['cores'], discoveryKey: Uint8Array): Promise<boolean> {
  const open = cores.get(discoveryKey)
  if (open === null) return true
  if (open.hasSession()) return false
  await open.ready().catch(() => {}) // what cannot be opened can be deleted all the same
  if (open.hasSession()) return false
  await open.close()
  cores._gc(open) // as Corestore does it itself, later
  return true
}
