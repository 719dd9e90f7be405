import type { Duplex } from 'streamx'
import { HypertunaError, isErrorCode } from '../errors.ts'
import { CHUNK_SIZE, type CallsOf, type Request, type Response } from './calls.ts'
import type { StoredFile, StoreChunk, StoreHeader } from './generated/types.ts'
import { unpacked } from './wire-error.ts'
import { createWire, type CallStream, type Wire } from './wire.ts'

export interface UploadOptions {
  signal?: AbortSignal
  /** Bytes handed over so far. */
  onprogress?: (sent: number) => void
}

/** A face's side of one session with the worker. All errors are HypertunaErrors. */
export interface RpcClient {
  /** Settles, without an error, when the session is over for whatever reason. */
  readonly closed: Promise<void>
  /** One question, one answer. */
  call<Name extends CallsOf<'call'>>(name: Name, request: Request<Name>): Promise<Response<Name>>
  /**
   * Values until the worker ends the stream, the session is lost or the returned
   * function is called. `onend` gets null for a clean end; it is not called after
   * unsubscribing.
   */
  subscribe<Name extends CallsOf<'subscribe'>>(
    name: Name,
    request: Request<Name>,
    onvalue: (value: Response<Name>) => void,
    onend?: (err: HypertunaError | null) => void
  ): () => void
  /**
   * Streams a file's bytes to the worker, which stores them. Waits when the worker
   * is slower. Aborting rejects with CANCELLED and leaves nothing behind.
   */
  storeFile(
    header: StoreHeader,
    source: AsyncIterable<Uint8Array>,
    options?: UploadOptions
  ): Promise<StoredFile>
  /** Ends the session. */
  close(): Promise<void>
}

/** Speaks to the worker over one session, which the client owns from here on. */
export function createClient(session: Duplex): RpcClient {
  const closed = new Promise<void>((resolve) => {
    session.on('close', () => resolve())
  })
  session.on('error', ignore) // the calls under way report it
  session.on('end', () => session.destroy()) // the worker is gone
  const wire = createWire(session)
  const connection = { wire, session }
  return {
    closed,
    call: (name, request) => call(connection, name, request),
    subscribe: (name, request, onvalue, onend) =>
      subscribe(connection, name, request, onvalue, onend),
    storeFile: (header, source, options) => storeFile(connection, header, source, options),
    close() {
      session.destroy()
      return closed
    }
  }
}

interface Connection {
  readonly wire: Wire
  readonly session: Duplex
}

async function call<Name extends CallsOf<'call'>>(
  { wire, session }: Connection,
  name: Name,
  request: Request<Name>
): Promise<Response<Name>> {
  const method = wire[name] as (request: Request<Name>) => Promise<Response<Name>>
  try {
    return await method.call(wire, request)
  } catch (err) {
    throw asHypertunaError(err, session)
  }
}

function subscribe<Name extends CallsOf<'subscribe'>>(
  { wire, session }: Connection,
  name: Name,
  request: Request<Name>,
  onvalue: (value: Response<Name>) => void,
  onend: (err: HypertunaError | null) => void = ignore
): () => void {
  const method = wire[name] as (request: Request<Name>) => CallStream
  const stream = method.call(wire, request)
  let over = false
  let failure: unknown = null
  // A refusal (a call that the worker does not know) arrives as an answer, not on the stream.
  stream.readStream?._request._promise.catch((err: unknown) => stream.destroy(asError(err)))
  stream.on('data', (value) => {
    if (!over) onvalue(value as Response<Name>)
  })
  stream.on('error', (err) => {
    failure = err
  })
  stream.on('close', () => {
    if (over) return
    over = true
    onend(failure === null ? null : asHypertunaError(failure, session))
  })
  return () => {
    over = true
    stream.destroy()
  }
}

async function storeFile(
  { wire, session }: Connection,
  header: StoreHeader,
  source: AsyncIterable<Uint8Array>,
  { signal, onprogress = ignore }: UploadOptions = {}
): Promise<StoredFile> {
  if (signal?.aborted) throw cancelled()
  const stream = (wire.storeFile as () => CallStream).call(wire)
  const reply = stream.reply() as Promise<StoredFile>
  reply.catch(ignore) // awaited below, except after cancelling
  stream.on('error', ignore) // the reply says why
  let onabort: () => void = ignore
  const aborted = new Promise<never>((_, reject) => {
    onabort = () => reject(cancelled())
    signal?.addEventListener('abort', onabort)
  })
  aborted.catch(ignore) // raced below
  const sending = send(stream, header, source, onprogress)
  try {
    // A failing source ends the wait; a source that has ended waits for the reply.
    return await Promise.race([reply, aborted, sending.then(() => reply)])
  } catch (err) {
    // With an error: hrpc takes a bare close for the end of the file.
    const reason = asHypertunaError(err, session)
    stream.writeStream?.destroy(reason)
    throw reason
  } finally {
    signal?.removeEventListener('abort', onabort)
    stream.destroy()
  }
}

/** Writes header and bytes, as fast as the worker takes them. */
async function send(
  stream: CallStream,
  header: StoreHeader,
  source: AsyncIterable<Uint8Array>,
  onprogress: (sent: number) => void
): Promise<void> {
  let sent = 0
  await write(stream, { header })
  for await (const bytes of source) {
    for (let at = 0; at < bytes.byteLength; at += CHUNK_SIZE) {
      if (stream.destroying) return
      const chunk = bytes.subarray(at, at + CHUNK_SIZE)
      await write(stream, { bytes: chunk })
      onprogress((sent += chunk.byteLength))
    }
    if (stream.destroying) return
  }
  stream.end(null)
}

function write(stream: CallStream, chunk: StoreChunk): Promise<void> | void {
  if (stream.write(chunk) || stream.destroying) return
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done)
      stream.off('close', done)
      resolve()
    }
    stream.on('drain', done)
    stream.on('close', done)
  })
}

/** The worker's reason when it gave one; otherwise a broken session is just that. */
function asHypertunaError(err: unknown, session: Duplex): HypertunaError {
  const code = (err as { code?: unknown } | null)?.code
  if (!isErrorCode(code) && session.destroying) {
    return new HypertunaError('CLOSED', 'The connection to the worker is gone', { cause: err })
  }
  return unpacked(HypertunaError.from(err))
}

function asError(err: unknown): Error {
  return err instanceof Error ? err : new Error(String(err))
}

function cancelled(): HypertunaError {
  return new HypertunaError('CANCELLED', 'Cancelled before the file was stored')
}

function ignore(): void {}
