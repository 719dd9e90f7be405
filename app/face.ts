/** A face without a screen: one session with a worker over its socket. */
import Pipe from 'bare-pipe'
import { platform } from 'bare-os'
import type { Duplex } from 'streamx'

import { HypertunaError } from '../protocol/errors.ts'
import type { CallsOf, Request, Response } from '../protocol/rpc/calls.ts'
import type { SharedFile } from '../protocol/rpc/generated/types.ts'
import { createClient } from '../protocol/rpc/client.ts'
import type { RpcClient } from '../protocol/rpc/client.ts'
import { socketPath } from '../protocol/rpc/socket-path.ts'

export interface Face extends RpcClient {
  /**
   * The first value of a subscription that fits.
   * @throws TIMEOUT after `limit` ms
   */
  first<Name extends CallsOf<'subscribe'>>(
    name: Name,
    request: Request<Name>,
    fits: (value: Response<Name>) => boolean,
    limit?: number
  ): Promise<Response<Name>>
}

/** How long a worker that was just started may take until it listens, in ms. */
const LISTEN_LIMIT = 15_000
const AGAIN = 50

/**
 * Connects to the worker's socket, as soon as somebody answers there.
 * @param limit how long that may take, in ms
 * @throws the system's error when nobody does
 */
export async function openFace(storage: string, limit = LISTEN_LIMIT): Promise<Face> {
  const socket = await connect(socketPath(storage, platform()), Date.now() + limit)
  const client = createClient(socket)
  return {
    ...client,
    first: (name, request, fits, limit = 60_000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          stop()
          reject(new HypertunaError('TIMEOUT', `Waited too long for ${name}`))
        }, limit)
        const stop = client.subscribe(
          name,
          request,
          (value) => {
            if (!fits(value)) return
            clearTimeout(timer)
            stop()
            resolve(value)
          },
          (err) => {
            clearTimeout(timer)
            reject(err ?? new HypertunaError('CLOSED', `The worker ended ${name}`))
          }
        )
      })
  }
}

/** All files of a group, however many messages they come in. @throws TIMEOUT, UNKNOWN_RELAY */
export async function allFiles(face: Face, relayKey: string): Promise<SharedFile[]> {
  let files: SharedFile[] = []
  await face.first('files', { relayKey }, (update) => {
    files = update.reset ? update.files : files.concat(update.files)
    return update.more !== true
  })
  return files
}

function connect(path: string, deadline: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = new Pipe(path)
    socket.once('connect', () => resolve(socket as unknown as Duplex))
    socket.once('error', (err) => {
      if (Date.now() > deadline) reject(err as Error)
      else setTimeout(() => connect(path, deadline).then(resolve, reject), AGAIN)
    })
  })
}
