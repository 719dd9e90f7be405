/** Binds the RPC to the services; nothing else. */
import { HypertunaError } from '../protocol/errors.ts'
import { sanitizeName } from '../protocol/file-event.ts'
import { cleanText } from '../protocol/names.ts'
import type { Signal } from '../protocol/file-channel/channel.ts'
import type * as Rpc from '../protocol/rpc/generated/types.ts'
import type { RpcHandlers } from '../protocol/rpc/server.ts'
import type { Subscription } from '../protocol/rpc/subscription.ts'
import { folderCalls } from './folder-calls.ts'
import { explained } from './explained.ts'
import { filesCalls } from './files-calls.ts'
import { groupCalls } from './group-calls.ts'
import { mayBeThere, patient } from './being-opened.ts'
import { blindPeerCalls } from './blind-peer-calls.ts'
import { holdingsCalls } from './holdings-calls.ts'
import { publish } from './files/publish.ts'
import { react } from './reactions.ts'
import { streamConversation } from './conversation.ts'
import {
  streamFileChanges,
  streamFiles,
  streamMembers,
  streamStatus,
  streamStorageUsage,
  streamTransfers
} from './streams.ts'
import { streamRelays } from './relay-list.ts'
import { keyCalls } from './key-calls.ts'
import { outliving } from './renewed.ts'
import { decodeInvite } from './relays/invite-code.ts'
import type { JoinPhase } from './relays/joining.ts'
import { relayView } from './views.ts'
import type { Worker } from './worker.ts'

const NAME_LIMIT = 100

export function rpcHandlers(worker: Worker): RpcHandlers {
  return outliving(
    worker,
    patient(worker, {
      status: (_request, subscription) => streamStatus(worker, subscription),
      relayList: (_request, subscription) => streamRelays(worker, subscription),
      members: ({ relayKey }, subscription) => streamMembers(worker, relayKey, subscription),
      conversation: ({ relayKey, limit }, subscription) =>
        streamConversation(worker, { relayKey, limit }, subscription),
      files: ({ relayKey }, subscription) => streamFiles(worker, relayKey, subscription),
      fileChanges: ({ relayKey }, subscription) =>
        streamFileChanges(worker, relayKey, subscription),
      transfers: (_request, subscription) => streamTransfers(worker, subscription),
      storageUsage: (_request, subscription) => streamStorageUsage(worker, subscription),

      async createRelay(wish) {
        const { relays, files } = worker.use()
        const group = await relays.create(wish)
        return await relayView(group, files, null)
      },
      ...groupCalls(worker),
      ...keyCalls(worker),
      ...holdingsCalls(worker),
      ...blindPeerCalls(worker),
      joinRelay: ({ invite }, subscription) => joinRelay(worker, invite, subscription),
      async cancelJoin({ id }) {
        await worker.use().waiting.cancel(id)
        return {}
      },
      async storeFile({ header, source, signal }) {
        const { relayKey, fileHash, size, name, mime } = header
        mayBeThere(worker, relayKey)
        const wish = {
          relayKey,
          fileHash: fileHash ?? null,
          name: keptName(name),
          mime: mime ?? null
        }
        return worker
          .use()
          .files.storeStream({ ...wish, size }, source, signal as unknown as Signal)
      },
      async storePath({ relayKey, path, fileHash, name, mime }) {
        return worker.use().files.storePath({
          relayKey,
          path,
          fileHash: fileHash ?? null,
          name: keptName(name),
          mime: mime ?? null
        })
      },
      async post({ relayKey, ...post }) {
        const { relays, drive, identity, config } = worker.use()
        const group = relays.get(relayKey)
        const { gateways } = config.get()
        try {
          const event = await publish(post, { group, drive, identity, gateways })
          return { eventId: event.id }
        } catch (err) {
          throw explained(worker, err)
        }
      },
      async react({ relayKey, eventId, content }) {
        const event = await react(worker.use().relays.get(relayKey), eventId, content)
        return { eventId: event.id }
      },
      async markRead({ relayKey, until }) {
        const { relays, unread } = worker.use()
        unread.mark(relays.get(relayKey).relay.relayKey, until)
        return {}
      },
      ...filesCalls(worker),
      ...folderCalls(worker),
      async setGateways({ gateways }) {
        const { config, files } = worker.use()
        await config.update({ gateways })
        files.linksChanged()
        worker.emit('status')
        return {}
      },
      async setAsleep({ asleep }) {
        await worker.use().network.rest(asleep)
        return {}
      },
      async setName({ name }) {
        const clean = cleanText(name)
        if (clean === '' || clean.length > NAME_LIMIT) {
          throw new HypertunaError('BAD_REQUEST', `A name has 1 to ${NAME_LIMIT} characters`)
        }
        await worker.setName(clean)
        return {}
      }
    })
  )
}

/** A name as it is kept, here and in the event: some programs allow longer ones. */
function keptName(name: string | null | undefined): string | null {
  return name === null || name === undefined ? null : sanitizeName(name)
}

/** By an invite that asks an admin first it goes on when the face leaves. */
async function joinRelay(
  worker: Worker,
  invite: string,
  subscription: Subscription<Rpc.JoinProgress>
): Promise<void> {
  const { relays, waiting, files } = worker.use()
  const signal = subscription.signal as unknown as Signal
  const name = worker.name ?? ''
  const { approval, publicIdentifier } = decodeInvite(invite)
  const onphase = (phase: JoinPhase): void => {
    if (phase === 'waiting' && approval) {
      subscription.send({ phase: 'asked', waitingId: publicIdentifier })
    } else if (phase !== 'ready') subscription.send({ phase })
  }
  const group = approval
    ? await waiting.follow({ invite, name }, { signal, onphase })
    : await relays.join(invite, { signal, name, onphase })
  if (group === null) return // the face went, and it goes on
  subscription.send({ phase: 'ready', relay: await relayView(group, files, null) })
  subscription.end()
}
