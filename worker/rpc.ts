/** Binds the RPC to the services; nothing else. */
import { HypertunaError } from '../protocol/errors.ts'
import type { Signal } from '../protocol/file-channel/channel.ts'
import type { RpcHandlers } from '../protocol/rpc/server.ts'
import { groupCalls } from './group-calls.ts'
import { publish } from './files/publish.ts'
import {
  streamConversation,
  streamFiles,
  streamMembers,
  streamRelays,
  streamStatus,
  streamTransfers
} from './streams.ts'
import { decodeInvite } from './relays/invite-code.ts'
import { relayView } from './views.ts'
import type { Worker } from './worker.ts'

const NAME_LIMIT = 100

export function rpcHandlers(worker: Worker): RpcHandlers {
  return {
    status: (_request, subscription) => streamStatus(worker, subscription),
    relayList: (_request, subscription) => streamRelays(worker, subscription),
    members: ({ relayKey }, subscription) => streamMembers(worker, relayKey, subscription),
    conversation: ({ relayKey, limit }, subscription) =>
      streamConversation(worker, { relayKey, limit }, subscription),
    files: ({ relayKey }, subscription) => streamFiles(worker, relayKey, subscription),
    transfers: (_request, subscription) => streamTransfers(worker, subscription),

    async createRelay(wish) {
      const { relays, files } = worker.use()
      const group = await relays.create(wish)
      return await relayView(group, files, 0)
    },
    ...groupCalls(worker),
    async joinRelay({ invite }, subscription) {
      const { relays, files } = worker.use()
      const waiting = decodeInvite(invite).approval ? 'asked' : 'waiting'
      const signal = subscription.signal as unknown as Signal
      const group = await relays.join(invite, {
        signal,
        name: worker.name ?? '',
        onphase: (phase) => {
          if (phase !== 'ready') subscription.send({ phase: phase === 'waiting' ? waiting : phase })
        }
      })
      subscription.send({ phase: 'ready', relay: await relayView(group, files, 0) })
      subscription.end()
    },
    async storeFile({ header, source, signal }) {
      const { relayKey, fileHash, size, name, mime } = header
      const wish = { relayKey, fileHash: fileHash ?? null, name: name ?? null, mime: mime ?? null }
      return worker.use().files.storeStream({ ...wish, size }, source, signal as unknown as Signal)
    },
    async storePath({ relayKey, path, fileHash, name, mime }) {
      return worker.use().files.storePath({
        relayKey,
        path,
        fileHash: fileHash ?? null,
        name: name ?? null,
        mime: mime ?? null
      })
    },
    async post({ relayKey, ...post }) {
      const { relays, drive, identity, config } = worker.use()
      const group = relays.get(relayKey)
      const { gateways } = config.get()
      const event = await publish(post, { group, drive, identity, gateways })
      return { eventId: event.id }
    },
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
    async setGateways({ gateways }) {
      const { config, files } = worker.use()
      await config.update({ gateways })
      files.linksChanged()
      worker.emit('status')
      return {}
    },
    async setName({ name }) {
      const trimmed = name.trim()
      if (trimmed === '' || trimmed.length > NAME_LIMIT) {
        throw new HypertunaError('BAD_REQUEST', `A name has 1 to ${NAME_LIMIT} characters`)
      }
      await worker.setName(trimmed)
      return {}
    }
  }
}
