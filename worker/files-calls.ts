/** What faces ask of files: to fetch them, to keep them, and within which limits. */
import { HypertunaError } from '../protocol/errors.ts'
import type { NostrEvent } from '../protocol/nostr.ts'
import type * as Rpc from '../protocol/rpc/generated/types.ts'
import type { RpcHandlers } from '../protocol/rpc/server.ts'
import type { RelayEntry } from './config.ts'
import { replacedFiles } from './file-versions.ts'
import { eventViews } from './group-views.ts'
import { readPosition } from './relays/state.ts'
import { eventView } from './views.ts'
import type { Worker } from './worker.ts'

type FilesCalls = Pick<
  RpcHandlers,
  | 'fetchFile'
  | 'cancelTransfer'
  | 'retryTransfer'
  | 'setKeep'
  | 'setQuota'
  | 'setLimits'
  | 'pinFile'
  | 'unpinFile'
  | 'message'
  | 'replacedFiles'
>

export function filesCalls(worker: Worker): FilesCalls {
  return {
    async fetchFile({ relayKey, hash }) {
      await worker.use().files.of(relayKey).fetchNow(hash)
      return {}
    },
    async cancelTransfer({ id }) {
      worker.use().files.transfers.cancel(id)
      return {}
    },
    async retryTransfer({ id }) {
      await worker.use().files.transfers.retry(id)
      return {}
    },
    async setKeep({ relayKey, keep }) {
      await changeRelay(worker, relayKey, { keep })
      return {}
    },
    async setQuota({ relayKey, bytes }) {
      const quotaBytes = bytes || null // what is left out arrives as 0
      if (relayKey) await changeRelay(worker, relayKey, { quotaBytes })
      else await change(worker, (config) => config.update({ quotaBytes }))
      return {}
    },
    async setLimits({ down, up, concurrent }) {
      const limits = { down: down || null, up: up || null, concurrent: concurrent || null }
      try {
        await change(worker, (config) => config.update({ limits }))
      } catch (err) {
        const { code, message } = HypertunaError.from(err)
        if (code !== 'BAD_CONFIG') throw err
        throw new HypertunaError('BAD_REQUEST', message, { cause: err })
      }
      return {}
    },
    async pinFile({ relayKey, hash }) {
      await worker.use().files.of(relayKey).pin(hash, true)
      return {}
    },
    async unpinFile({ relayKey, hash }) {
      await worker.use().files.of(relayKey).pin(hash, false)
      return {}
    },
    message: (request) => message(worker, request),
    async replacedFiles({ relayKey }) {
      const { files, relays } = worker.use()
      return replacedFiles(files.of(relayKey).files, relays.get(relayKey).relay)
    }
  }
}

/** @throws UNKNOWN_RELAY, NOT_IN_RELAY for one that is unknown or was deleted */
async function message(
  worker: Worker,
  { relayKey, eventId }: Rpc.MessageRequest
): Promise<Rpc.ConversationEvent> {
  const { relays, files, people } = worker.use()
  const group = relays.get(relayKey)
  const sync = files.of(relayKey)
  const position = await readPosition(group.relay.state, eventId)
  const event = position === null ? null : await group.relay.eventAt(position)
  const view = (shown: NostrEvent): Rpc.ConversationEvent => eventView(shown, sync, worker.links)
  const [found] = event?.id === eventId ? await eventViews([event], { group, people, view }) : []
  if (found !== undefined) return found
  throw new HypertunaError('NOT_IN_RELAY', 'The group has no such message')
}

/** @throws UNKNOWN_RELAY, STORAGE_* */
async function changeRelay(
  worker: Worker,
  relayKey: string,
  facts: Partial<Pick<RelayEntry, 'keep' | 'quotaBytes'>>
): Promise<void> {
  worker.use().files.of(relayKey)
  await change(worker, (config) =>
    config.update(({ relays }) => ({
      relays: relays.map((entry) => (entry.relayKey === relayKey ? { ...entry, ...facts } : entry))
    }))
  )
}

async function change(
  worker: Worker,
  save: (config: ReturnType<Worker['use']>['config']) => Promise<void>
): Promise<void> {
  const { config, files } = worker.use()
  await save(config)
  await files.settingsChanged()
  worker.emit('status')
}
