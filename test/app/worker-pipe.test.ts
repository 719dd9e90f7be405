import { access } from 'bare-fs/promises'
import os from 'bare-os'
import { fileURLToPath } from 'bare-url'
import { launchProcess } from '../../app/shells/worker-process.ts'
import { launchThread } from '../../app/shells/launch-thread.ts'
import { workerPipeContract } from './worker-pipe.ts'

const entry = new URL('./small-worker.js', import.meta.url)
const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false
  )

workerPipeContract(
  'thread',
  (storage) => () => launchThread(entry, ['--storage', storage], () => undefined),
  exists
)

workerPipeContract(
  'process on fd 3',
  (storage) => () =>
    launchProcess(os.execPath(), fileURLToPath(entry.href), ['--storage', storage]),
  exists
)
