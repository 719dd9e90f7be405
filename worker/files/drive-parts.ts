import type Corestore from 'corestore'
import type Hyperdrive from 'hyperdrive'
import { HypertunaError } from '../../protocol/errors.ts'
import type { Log } from '../log.ts'
import { followNobody } from '../own-core.ts'
import { BlobWriter } from './blob-writer.ts'
import { Catalog } from './catalog.ts'
import { Compaction } from './compaction.ts'
import { Entries } from './entries.ts'
import type { FileKeys } from './file-keys.ts'
import { BatchWriter } from './folders/batch-writer.ts'
import { FileReader } from './file-reader.ts'
import { Intake } from './intake.ts'
import { Partials } from './partials.ts'
import { markClean, reclaim } from './reclaim.ts'
import { Space } from './space.ts'
import { Spool } from './spool.ts'
import { Survey } from './survey.ts'
import { watchDrive } from './watch.ts'
import type { DriveChange, DriveWatch } from './watch.ts'
import type { WriteGuard } from './write-guard.ts'

export interface DriveOptions {
  /** Where bytes of slow sources wait; emptied of leftovers on opening. */
  spoolDir: string
  log: Log
  /** The last version known to exist: an older drive is not written to. */
  expectedVersion?: number
  /** How long nothing must have been removed before the disk's room is given back, in ms. */
  quiet?: number
  /** Nothing is written before `begin` is called. */
  held?: boolean
}

interface DriveListeners {
  onchange: (changes: DriveChange[]) => void
  oncompacted: () => void
}

/** What is there once the drive is open. */
export interface DriveParts {
  blobs: Hyperdrive.Blobs
  entries: Entries
  catalog: Catalog
  intake: Intake
  batches: BatchWriter
  reader: FileReader
  survey: Survey
  partials: Partials
  watch: DriveWatch
  compaction: Compaction
}

/** Opens everything around `drive` and puts right what a killed process left. */
export async function openParts(
  drive: Hyperdrive,
  store: Corestore,
  guard: WriteGuard,
  keys: FileKeys,
  { spoolDir, log, expectedVersion = 0, quiet }: DriveOptions,
  { onchange, oncompacted }: DriveListeners
): Promise<DriveParts> {
  await drive.ready()
  const spool = new Spool(spoolDir)
  const blobs = await drive.getBlobs()
  for (const core of [drive.core, blobs.core]) followNobody(core)
  const partials = new Partials(blobs.core, spool, guard, log)
  await partials.open()
  await spool.open(partials.spooled())
  const entries = new Entries(drive, keys)
  await entries.open()
  let reclaimed = false
  if (drive.version < expectedVersion) guard.fail(behind(drive.version, expectedVersion))
  else {
    const found = await guard.run(() => reclaim(drive, entries, blobs.core, partials.spans()))
    reclaimed = found.blocks > 0
    if (reclaimed) log('orphans-reclaimed', { blocks: found.blocks })
  }
  const catalog = new Catalog(entries, blobs, guard, keys)
  const writer = new BlobWriter(blobs.core, guard)
  const landing = { writer, spool, partials, memory: { used: 0 } }
  // The spool and the store share a disk: one look at it serves both.
  const space = new Space(spoolDir)
  const intake = new Intake(landing, catalog, keys, space, log)
  const batches = new BatchWriter({ writer, catalog, keys, space })
  const onerror = (err: unknown): void => log('drive-watch-failed', { err })
  const onforeign = (entries: number): void => log('foreign-entries', { entries })
  // Whoever wrote while we did not run: only one program at a time has the store open.
  const since = expectedVersion > 0 ? expectedVersion : drive.version
  const watch = watchDrive(drive, since, { onchange, onforeign, onerror })
  const compaction = new Compaction({ catalog, core: blobs.core, store }, guard, log, {
    quiet,
    oncompacted
  })
  await compaction.open(reclaimed)
  const reader = new FileReader(blobs.core, entries, keys, (relayKey, hash) => {
    log('file-spoilt', { relayKey })
    onchange([{ relayKey, hash, change: 'updated' }])
  })
  const survey = new Survey(blobs.core, entries, drive, () => watch.told)
  const kept = { blobs, entries, catalog, intake, batches }
  return { ...kept, reader, survey, partials, watch, compaction }
}

/** Ends what is under way, and notes that nothing is if that is so. */
export async function closeParts(
  drive: Hyperdrive,
  guard: WriteGuard,
  log: Log,
  { intake, batches, compaction, watch, blobs, partials }: DriveParts
): Promise<void> {
  await intake.close()
  await batches.close()
  await compaction.close()
  await watch.close()
  if (guard.failure !== null) return
  try {
    await markClean(drive, blobs.core, partials.spans())
  } catch (err) {
    // Not worth failing the closing for: the next opening searches then.
    log('mark-clean-failed', { err })
  }
}

function behind(version: number, expected: number): HypertunaError {
  const message =
    `The drive is at version ${version}, but ${expected} was known: the storage was lost ` +
    'or is an older copy. Nothing is written until it is restored'
  return new HypertunaError('STORAGE_CORRUPT', message, { details: { version, expected } })
}
