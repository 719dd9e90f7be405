/** A whole worker with one shared file, whose disk is about to be trouble: for children that say what still works. */
import { join } from 'bare-path'

import { silent } from '../../../worker/log.ts'
import { rpcHandlers } from '../../../worker/rpc.ts'
import { Worker } from '../../../worker/worker.ts'
import { collect, makeBytes, sha256, source } from '../drive-fixture.ts'

export interface Troubled {
  worker: Worker
  calls: ReturnType<typeof rpcHandlers>
  relayKey: string
  store(bytes: Uint8Array): Promise<void>
  /** Whether the file that was shared first is read as it was. */
  isWhole(): Promise<boolean>
  /** Resolves when the code of the first problem is as it should be; null is none. */
  state(holds: (code: string | null) => boolean): Promise<void>
}

/** Starts it in a folder, and shares a file of 3 MB. */
export async function startTroubled(dir: string): Promise<Troubled> {
  const worker = new Worker({
    storage: join(dir, 'storage'),
    bootstrap: [],
    localPort: 0,
    version: '0.0.0',
    log: silent,
    mending: { wait: { first: 100, longest: 400 }, watch: 100 }
  })
  await worker.ready()
  const calls = rpcHandlers(worker)
  const { relayKey } = await calls.createRelay({ name: 'Field notes', access: 'open' })
  const store = async (bytes: Uint8Array): Promise<void> => {
    const header = { relayKey, size: bytes.byteLength, fileHash: sha256(bytes) }
    const signal = { aborted: false, addEventListener() {}, removeEventListener() {} }
    await calls.storeFile({ header, source: source(bytes), signal } as never)
  }
  const bytes = makeBytes(3_000_000)
  const hash = sha256(bytes)
  await store(bytes)
  await calls.post({ relayKey, content: 'first', kind: 9, files: [{ hash }] })
  console.log('shared', worker.status().state)
  const isWhole = async (): Promise<boolean> =>
    sha256(await collect(worker.use().drive.getFile(relayKey, hash))) === hash
  return { worker, calls, relayKey, store, isWhole, state: (holds) => stateOf(worker, holds) }
}

function stateOf(worker: Worker, holds: (code: string | null) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      const { state, problems } = worker.status()
      if (state === 'starting' || !holds(problems[0]?.code ?? null)) return
      worker.off('status', look)
      resolve()
    }
    worker.on('status', look)
    look()
  })
}
