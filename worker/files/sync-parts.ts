/** What keeps one relay's folder in step, put together. */
import { Announcer } from './announcer.ts'
import { Fetching } from './fetching.ts'
import { KnownFiles } from './known-files.ts'
import { KnownStore } from './known-store.ts'
import { Providers } from './providers.ts'
import { Replicas } from './replicas.ts'
import type { Steps } from './steps.ts'
import type { Sync } from './sync.ts'
import type { SyncOptions } from './sync-options.ts'
import { Doubts } from './synced-file.ts'
import { Upkeep } from './upkeep.ts'
import type { UpkeepOptions } from './upkeep.ts'

/** A file whose record is wrong, or that a person cancelled, is left alone this long, in ms. */
const BAD_AGAIN = 10 * 60_000

export interface SyncParts {
  announcer: Announcer
  providers: Providers
  known: KnownFiles
  replicas: Replicas
  fetching: Fetching
  upkeep: Upkeep
}

/** Makes them; nothing runs yet. */
export function makeSyncParts(
  sync: Sync,
  options: SyncOptions,
  steps: Steps,
  on: Pick<UpkeepOptions, 'onfile' | 'onlooked' | 'onerror'>
): SyncParts {
  const { group, drive, choices, log, knownPath } = options
  const { relay } = group
  const doubts = new Doubts(BAD_AGAIN)
  const providers = new Providers(group, log)
  const store = new KnownStore(knownPath, log)
  const known = new KnownFiles({ group, drive, choices, doubts, store, log })
  const upkeep = new Upkeep({ known, relay, steps, ...on })
  const announcer = new Announcer(relay, drive.key, on.onerror)
  const replicas = new Replicas({
    relayKey: relay.relayKey,
    fileKey: () => relay.fileKey,
    openDrive: options.openDrive,
    onfound: () => sync.lookAgain(),
    log
  })
  const fetching = new Fetching(options, {
    sync,
    known,
    providers,
    replicas,
    doubts,
    // Whoever looks for what changed finds that it was looked at already
    onfetched: (hash) => on.onfile(hash, known.files.get(hash) ?? null, false),
    onchange: (hash) => void sync.emit('change', new Set([hash])),
    onbadrecord: (hash) => upkeep.soon([hash])
  })
  return { announcer, providers, known, replicas, fetching, upkeep }
}
