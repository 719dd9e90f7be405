/** Binds the calls about who holds what, and whether this device may go offline. */
import { HypertunaError } from '../protocol/errors.ts'
import type { RpcHandlers } from '../protocol/rpc/server.ts'
import type * as Rpc from '../protocol/rpc/generated/types.ts'
import type { GroupSafety, Holder } from './files/holdings/holdings.ts'
import { COPIES } from './relays/description.ts'
import { follow } from './follow.ts'
import type { Worker } from './worker.ts'

type HoldingsCalls = Pick<RpcHandlers, 'safety' | 'fileHolders' | 'setCopies'>

/** What moves often, is looked at by people, and costs a look at every file; in ms. */
const GATHER = 500

export function holdingsCalls(worker: Worker): HoldingsCalls {
  return {
    safety({ relayKey = null }, subscription) {
      const { holdings, relays } = worker.use()
      if (relayKey !== null) relays.get(relayKey)
      let last = ''
      follow(subscription, [[holdings, 'change']], GATHER, async () => {
        const view = await safetyView(worker, relayKey)
        const text = JSON.stringify(view)
        if (text === last) return null
        last = text
        return view
      })
    },
    async fileHolders({ relayKey, hash }) {
      const { files } = worker.use()
      const sync = files.of(relayKey)
      if (!sync.files.has(hash)) {
        throw new HypertunaError('UNKNOWN_FILE', 'The group has no such file')
      }
      const holders = sync.holdings?.holders(hash) ?? []
      const views = holders.map((holder) => holderView(worker, relayKey, holder))
      return { target: sync.holdings?.target ?? 1, holders: await Promise.all(views) }
    },
    async setCopies({ relayKey, copies }) {
      const { config, holdings, relays } = worker.use()
      relays.get(relayKey)
      if (copies < 1 || copies > COPIES) {
        throw new HypertunaError('BAD_REQUEST', `Between 1 and ${COPIES} copies can be wanted`)
      }
      await config.update((now) => ({
        relays: now.relays.map((relay) => {
          return relay.relayKey === relayKey ? { ...relay, copies } : relay
        })
      }))
      holdings.emit('change', relayKey, null)
      return {}
    }
  }
}

async function safetyView(worker: Worker, relayKey: string | null): Promise<Rpc.Safety> {
  const safety = worker.use().holdings.safety(relayKey)
  return { ...safety, groups: await Promise.all(safety.groups.map((of) => groupView(worker, of))) }
}

async function groupView(worker: Worker, safety: GroupSafety): Promise<Rpc.GroupSafety> {
  const { relays, people } = worker.use()
  const group = relays.groups.get(safety.relayKey)
  const helpers = safety.helpers.map(async (helper) => ({
    ...helper,
    name: group === undefined ? null : await people.nameOf(group, helper.pubkey)
  }))
  return {
    ...safety,
    helpers: await Promise.all(helpers),
    name: group?.relay.facts?.name ?? null
  }
}

async function holderView(
  worker: Worker,
  relayKey: string,
  holder: Holder
): Promise<Rpc.FileHolder> {
  const { relays, people } = worker.use()
  const group = relays.get(relayKey)
  return { ...holder, name: await people.nameOf(group, holder.pubkey) }
}
