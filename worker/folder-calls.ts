/** Binds the calls about folders of this computer. */
import type { RpcHandlers } from '../protocol/rpc/server.ts'
import type * as Rpc from '../protocol/rpc/generated/types.ts'
import { follow } from './follow.ts'
import { problemView } from './views.ts'
import type { Worker } from './worker.ts'

type FolderCalls = Pick<
  RpcHandlers,
  'importFolder' | 'exportFiles' | 'linkFolder' | 'unlinkFolder' | 'folders'
>

const GATHER = 300

export function folderCalls(worker: Worker): FolderCalls {
  return {
    importFolder: ({ relayKey, folder, prefix }) =>
      worker.use().folders.import(relayKey, folder, prefix ?? ''),
    exportFiles: ({ relayKey, folder, onConflict, hashes, eventIds }) =>
      worker.use().folders.export(relayKey, folder, {
        onConflict,
        hashes: hashes ?? null,
        eventIds: eventIds ?? null
      }),
    async linkFolder({ relayKey, folder, acceptDeletions }) {
      await worker.use().folders.link(relayKey, folder, acceptDeletions ?? false)
      return {}
    },
    async unlinkFolder({ relayKey, folder }) {
      await worker.use().folders.unlink(relayKey, folder)
      return {}
    },
    folders(_request, subscription) {
      const { folders } = worker.use()
      follow(subscription, [[folders, 'change']], GATHER, () => keptFolders(worker))
    }
  }
}

function keptFolders(worker: Worker): Rpc.KeptFolders {
  const folders = worker
    .use()
    .folders.list()
    .map(({ entry, view }) => {
      const { relayKey, path: folder } = entry
      const problem = view.problem === null ? null : problemView(view.problem)
      return { ...view, relayKey, folder, problem }
    })
  return { folders }
}
