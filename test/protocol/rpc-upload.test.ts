import test from 'brittle'
import AbortController from 'bare-abort-controller'
import b4a from 'b4a'
import crypto from 'bare-crypto'
import { HypertunaError } from '../../protocol/errors.ts'
import { createClient } from '../../protocol/rpc/client.ts'
import { serveCalls, type Upload } from '../../protocol/rpc/server.ts'
import type { StoredFile } from '../../protocol/rpc/generated/types.ts'
import { codeOf, connectedPipes, handlersWith } from './rpc-ends.ts'

const MiB = 1024 * 1024
const header = { relayKey: 'ab'.repeat(32), name: 'a.bin' }

test('an upload arrives whole', async (t) => {
  const { near, far } = await connectedPipes(t)
  serveCalls(far, handlersWith({ storeFile: hash }))
  const client = createClient(near)
  const bytes = crypto.randomBytes(5 * MiB + 17)
  const sent: number[] = []
  const stored = await client.storeFile({ ...header, size: bytes.byteLength }, [bytes] as never, {
    onprogress: (count) => sent.push(count)
  })
  t.is(stored.size, bytes.byteLength)
  t.is(stored.hash, sha256().update(bytes).digest('hex'))
  t.is(sent.at(-1), bytes.byteLength)
  t.is((await client.storeFile({ ...header, size: 0 }, [] as never)).size, 0, 'an empty file')
})

test('a worker that is still storing when all has arrived is not cancelled', async (t) => {
  const { near, far } = await connectedPipes(t)
  let aborted = false
  // A disk that takes its time
  const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100))
  serveCalls(
    far,
    handlersWith({
      storeFile: async (upload) => {
        upload.signal.addEventListener('abort', () => (aborted = true))
        if (upload.header.size === 0) await later() // begins late
        const stored = await hash(upload)
        await later() // the commit
        return stored
      }
    })
  )
  const client = createClient(near)
  const bytes = crypto.randomBytes(100_000)
  const stored = await client.storeFile({ ...header, size: bytes.byteLength }, [bytes] as never)
  t.is(stored.size, bytes.byteLength)
  t.is((await client.storeFile({ ...header, size: 0 }, [] as never)).size, 0)
  t.absent(aborted)
})

test('a slow worker holds the face back', async (t) => {
  const { near, far } = await connectedPipes(t)
  let open: () => void = () => undefined
  const gate = new Promise<void>((resolve) => (open = resolve))
  serveCalls(
    far,
    handlersWith({
      storeFile: async (upload) => {
        await gate
        return hash(upload)
      }
    })
  )
  const client = createClient(near)
  const size = 64 * MiB
  let given = 0
  let stalled: () => void = () => undefined
  const standstill = new Promise<void>((resolve) => (stalled = resolve))
  let timer = setTimeout(stalled, 500) // that nothing more comes can only be waited for
  const storing = client.storeFile({ ...header, size }, source())
  await standstill
  t.ok(given < 8 * MiB, `stands still after ${given} of ${size} bytes`)
  open()
  t.is((await storing).size, size, 'and goes on')

  async function* source(): AsyncGenerator<Uint8Array> {
    const chunk = b4a.alloc(MiB / 4)
    for (; given < size; given += chunk.byteLength) {
      clearTimeout(timer)
      timer = setTimeout(stalled, 500)
      yield chunk
    }
    clearTimeout(timer)
  }
})

test('giving up an upload reaches the worker as such', async (t) => {
  const { near, far } = await connectedPipes(t)
  const begun = Promise.withResolvers<void>()
  const outcome = Promise.withResolvers<string>()
  serveCalls(
    far,
    handlersWith({
      storeFile: async (upload) => {
        begun.resolve()
        const storing = hash(upload)
        outcome.resolve(codeOf(storing).then((code) => `${code} ${upload.signal.aborted}`))
        return storing
      }
    })
  )
  const client = createClient(near)
  const abort = new AbortController()
  const signal = abort.signal as unknown as AbortSignal
  const storing = client.storeFile({ ...header, size: 10 * MiB }, source(), { signal })
  t.is(await codeOf(storing), 'CANCELLED')
  t.is(await outcome.promise, 'CANCELLED true')
  t.is(await codeOf(client.storeFile({ ...header, size: 1 }, source(), { signal })), 'CANCELLED')

  async function* source(): AsyncGenerator<Uint8Array> {
    yield b4a.alloc(MiB)
    await begun.promise
    abort.abort(undefined)
    yield b4a.alloc(MiB)
    await new Promise(() => undefined)
  }
})

test('a failing worker, source or session ends the upload with its reason', async (t) => {
  const { near, far } = await connectedPipes(t)
  let lose = false
  serveCalls(
    far,
    handlersWith({
      storeFile: async (upload) => {
        for await (const bytes of upload.source) {
          if (lose) far.destroy()
          else if (bytes[0] === 1) throw new HypertunaError('STORAGE_FULL', 'The disk is full')
        }
        return hash(upload)
      }
    })
  )
  const client = createClient(near)
  t.is(await codeOf(client.storeFile({ ...header, size: 9 * MiB }, endless(1))), 'STORAGE_FULL')
  const failing = client.storeFile({ ...header, size: 9 * MiB }, broken())
  t.is(await codeOf(failing), 'SOURCE_UNREADABLE')
  lose = true
  t.is(await codeOf(client.storeFile({ ...header, size: 9 * MiB }, endless(2))), 'CLOSED')

  async function* endless(first: number): AsyncGenerator<Uint8Array> {
    for (;;) yield b4a.alloc(1000, first)
  }
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield b4a.alloc(1000)
    throw new HypertunaError('SOURCE_UNREADABLE', 'Unplugged')
  }
})

test('a number of bytes other than announced is refused', async (t) => {
  const { near, far } = await connectedPipes(t)
  serveCalls(far, handlersWith({ storeFile: hash }))
  const client = createClient(near)
  const bytes = [b4a.alloc(1000)] as never
  t.is(await codeOf(client.storeFile({ ...header, size: 1001 }, bytes)), 'TRUNCATED')
  t.is(await codeOf(client.storeFile({ ...header, size: 999 }, bytes)), 'TOO_LARGE')
  t.is((await client.storeFile({ ...header, size: 1000 }, bytes)).size, 1000, 'and work goes on')
})

async function hash(upload: Upload): Promise<StoredFile> {
  const digest = sha256()
  let size = 0
  for await (const bytes of upload.source) {
    digest.update(bytes as never)
    size += bytes.byteLength
  }
  return { hash: digest.digest('hex'), size, piecesRoot: '', deduplicated: false }
}

function sha256(): crypto.Hash {
  return crypto.createHash('sha256' as 'sha-256') // its types want a name that it does not take
}
