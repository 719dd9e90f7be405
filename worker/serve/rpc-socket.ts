import { chmod, lstat, mkdtemp, rename, rmdir, unlink } from 'bare-fs/promises'
import { platform } from 'bare-os'
import { join, resolve } from 'bare-path'
import Pipe from 'bare-pipe'
import ReadyResource from 'ready-resource'
import type { Duplex } from 'streamx'
import { HypertunaError } from '../../protocol/errors.ts'
import { MAX_SESSIONS } from '../../protocol/rpc/session.ts'
import { socketPath } from '../../protocol/rpc/socket-path.ts'
import { diskError } from '../disk-error.ts'
import type { Log } from '../log.ts'

/** What fits into a socket's address on every Unix (macOS has the least). */
const MAX_PATH = 103
/** Where the socket is made before it gets its name: 6 characters are random. */
const NURSERY = '.sock-'

export interface RpcSocketOptions {
  readonly storage: string
  readonly log: Log
  /** Gets a stream for each connection, which it owns. */
  onsession(session: Duplex): void
}

/**
 * `worker.sock`: RPC for the command line, one session for each connection. Only
 * this user may connect. A socket that nobody answers on is replaced.
 */
export class RpcSocket extends ReadyResource {
  readonly path: string
  readonly #options: RpcSocketOptions
  readonly #server: Pipe.PipeServer
  readonly #sessions = new Set<Duplex>()
  #listening = false

  constructor(options: RpcSocketOptions) {
    super()
    this.#options = options
    this.path = socketPath(resolve(options.storage), platform())
    this.#server = Pipe.createServer()
    this.#server.on('connection', (pipe) => this.#onconnection(pipe as unknown as Duplex))
  }

  /** @throws STORAGE_LOCKED when another worker answers there, BAD_CONFIG for too long a path */
  override async _open(): Promise<void> {
    if (await answers(this.path)) {
      throw new HypertunaError('STORAGE_LOCKED', `Another worker answers on ${this.path}`)
    }
    if (platform() === 'win32') await this.#listen(this.path)
    else await this.#listenPrivately()
    this.#listening = true
    this.#server.on('error', (err) => this.#options.log('socket-failed', { reason: String(err) }))
  }

  override async _close(): Promise<void> {
    for (const session of this.#sessions) session.destroy()
    if (!this.#listening) return
    await new Promise<void>((done) => this.#server.close(() => done()))
    if (platform() !== 'win32') await remove(this.path)
  }

  /**
   * A socket is open to all from bind to chmod. So it is made where nobody else can
   * look, and moved to its name, over a stale one, when it is private.
   */
  async #listenPrivately(): Promise<void> {
    const { path } = this
    const storage = resolve(this.#options.storage)
    const longest = join(storage, `${NURSERY}123456`, 's')
    if (Buffer.byteLength(longest) > MAX_PATH) {
      const limit = MAX_PATH - (longest.length - storage.length)
      throw new HypertunaError(
        'BAD_CONFIG',
        `The path ${storage} is too long for a socket: --storage may have ${limit} bytes`
      )
    }
    try {
      await refuseOthers(path)
      const nursery = await mkdtemp(join(storage, NURSERY)) // 0700
      const made = join(nursery, 's')
      try {
        await this.#listen(made)
        await chmod(made, 0o600)
        await rename(made, path)
      } finally {
        await remove(made)
        await rmdir(nursery)
      }
    } catch (err) {
      throw diskError(err, `The socket ${path} cannot be made`)
    }
  }

  async #listen(path: string): Promise<void> {
    const server = this.#server
    await new Promise<void>((done, fail) => {
      server.once('error', fail)
      server.listen(path, () => {
        server.off('error', fail)
        done()
      })
    })
  }

  #onconnection(session: Duplex): void {
    session.on('error', ignore) // its calls end with it
    if (this.#sessions.size >= MAX_SESSIONS) {
      this.#options.log('session-refused', { open: this.#sessions.size })
      session.destroy()
      return
    }
    this.#sessions.add(session)
    session.on('close', () => this.#sessions.delete(session))
    this.#options.onsession(session)
  }
}

/** Whether somebody accepts connections at `path`. */
function answers(path: string): Promise<boolean> {
  const probe = Pipe.createConnection(path)
  return new Promise((done) => {
    probe.once('connect', () => {
      done(true)
      probe.destroy()
    })
    probe.once('error', () => done(false))
  })
}

/** What is not a socket was put there by somebody for some reason. */
async function refuseOthers(path: string): Promise<void> {
  try {
    if ((await lstat(path)).isSocket()) return
  } catch (err) {
    if ((err as { code?: string }).code === 'ENOENT') return
    throw err
  }
  throw new HypertunaError('STORAGE_FAILED', `${path} is in the way: move it elsewhere`)
}

async function remove(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (err) {
    if ((err as { code?: string }).code !== 'ENOENT') throw err
  }
}

function ignore(): void {}
