/** Binds the calls about our own key: locking, saving and restoring it. */
import { HypertunaError } from '../protocol/errors.ts'
import type { RpcHandlers } from '../protocol/rpc/server.ts'
import { now } from './relays/group.ts'
import type { Worker } from './worker.ts'

type KeyCalls = Pick<
  RpcHandlers,
  'unlock' | 'exportKey' | 'keyBackedUp' | 'setPassphrase' | 'restoreKey'
>

export function keyCalls(worker: Worker): KeyCalls {
  const { key } = worker
  return {
    async unlock({ passphrase }) {
      await key.unlock(passphrase)
      await worker.reopen()
      return {}
    },
    async exportKey({ passphrase }) {
      return { ncryptsec: await key.export(passphrase) }
    },
    async keyBackedUp() {
      await worker.use().config.update({ backedUpAt: now() })
      worker.emit('status')
      return {}
    },
    async setPassphrase({ current, next }) {
      worker.use()
      await key.setPassphrase(current ?? null, next ?? null)
      worker.emit('status')
      return {}
    },
    async restoreKey({ key: text, passphrase }) {
      const { config } = worker.use()
      const taken = await key.restore(text, passphrase ?? '', async () => {
        refuseWithGroups(worker)
        // A crash from here on must not end with two keys that exclude each other.
        await config.update({ nostrPubkey: null, backedUpAt: now() })
      })
      if (taken !== null) await worker.reopen()
      else await config.update({ backedUpAt: now() })
      worker.emit('status')
      return {}
    }
  }
}

/** What a group knows of us goes by the key: another one would be a stranger in it. */
function refuseWithGroups(worker: Worker): void {
  const { relays, waiting } = worker.use()
  if (relays.inOrder().length + waiting.list().length === 0) return
  throw new HypertunaError(
    'NOT_ALLOWED',
    'There are groups here already, which know you by another key. Restore into an empty storage'
  )
}
