/** Whole workers in one process: everything real, each with a storage of its own. */
import b4a from 'b4a'
import { writeFileSync } from 'bare-fs'
import { join } from 'bare-path'
import crypto from 'hypercore-crypto'

import '../../worker/globals.ts'
import { sha256 } from '../../protocol/sha256.ts'
import type { Relay } from '../../protocol/rpc/generated/types.ts'
import type { RpcHandlers } from '../../protocol/rpc/server.ts'
import type { Sync } from '../../worker/files/sync.ts'
import { silent } from '../../worker/log.ts'
import { rpcHandlers } from '../../worker/rpc.ts'
import { Worker } from '../../worker/worker.ts'
import type { WorkerOptions } from '../../worker/worker.ts'
import type { TestContext } from './member.ts'

export interface Whole {
  worker: Worker
  calls: RpcHandlers
  storage: string
  close(): Promise<void>
}

export async function startWhole(
  t: TestContext,
  bootstrap: string[],
  dir?: string,
  options: Partial<WorkerOptions> = {}
): Promise<Whole> {
  const storage = dir ?? (await t.tmp())
  const known = { storage, bootstrap, localPort: 0, version: '0.0.0', log: silent }
  const worker = new Worker({ ...known, ...options })
  await worker.ready()
  t.teardown(() => worker.close())
  return { worker, calls: rpcHandlers(worker), storage, close: () => worker.close() }
}

/** `founder` makes a relay that the others join. */
export async function together(
  founder: Whole,
  others: Whole[],
  access: 'open' | 'closed' | 'private' = 'closed'
): Promise<Relay> {
  const relay = await founder.calls.createRelay({ name: 'Field notes', access })
  for (const other of others) await joinBy(founder, other, relay.relayKey)
  return relay
}

export async function joinBy(founder: Whole, other: Whole, relayKey: string): Promise<void> {
  const { invite } = await founder.calls.createInvite({ relayKey, expiresIn: 600, uses: 1 })
  const { relays } = other.worker.use()
  await relays.join(invite, {
    signal: {
      aborted: false,
      addEventListener() {},
      removeEventListener() {}
    },
    onphase() {}
  })
}

/** A file of random bytes on disk. */
export async function randomFile(
  t: TestContext,
  size: number,
  name = 'file.bin'
): Promise<{ path: string; hash: string; bytes: Uint8Array; name: string }> {
  const bytes = crypto.randomBytes(size)
  const path = join(await t.tmp(), name)
  writeFileSync(path, bytes)
  return { path, hash: b4a.toString(sha256(bytes), 'hex'), bytes, name }
}

/** Stores a file and posts it. Resolves with its hash. */
export async function share(
  { calls }: Whole,
  relayKey: string,
  file: { path: string; hash: string; name: string }
): Promise<void> {
  const { path, hash, name } = file
  await calls.storePath({ relayKey, path, fileHash: hash, name, mime: null })
  await calls.post({ relayKey, content: '', kind: 1063, files: [{ hash, name }] })
}

export function syncOf({ worker }: Whole, relayKey: string): Sync {
  return worker.use().files.of(relayKey)
}

/** Resolves when the file is in this worker's own drive. */
export function arrived(whole: Whole, relayKey: string, hash: string): Promise<void> {
  return eventually(syncOf(whole, relayKey), (sync) => sync.files.get(hash)?.here === true)
}

/** Resolves when the condition holds, looking at every change. */
export function eventually(sync: Sync, holds: (sync: Sync) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!holds(sync)) return
      sync.off('change', look)
      resolve()
    }
    sync.on('change', look)
    look()
  })
}
