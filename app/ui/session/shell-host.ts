import { createClient, type RpcClient } from '../../../protocol/rpc/client.ts'
import { errorOf, type ShellEvent, type ShellLine } from '../../shells/calls.ts'
import { PipeTransport } from '../rpc/pipe.ts'
import { PortTransport } from '../rpc/port.ts'
import type { Transport } from '../rpc/transport.ts'
import type { RawPipe } from '../../shells/pear/line.ts'
import { readConfigFields } from './config-fields.ts'
import type { Admission, Host, UserConfig } from './host.ts'

/** A window of our own, under Pear or Electron: whoever is in it may use it. */
export class ShellHost implements Host {
  readonly paths: Host['paths']
  readonly #transport: Transport
  readonly #shell: ShellLine

  constructor(transport: Transport, shell: ShellLine, paths: Host['paths'] = null) {
    this.#transport = transport
    this.#shell = shell
    this.paths = paths
  }

  async admit(): Promise<Admission> {
    return 'admitted'
  }

  async readConfig(): Promise<UserConfig> {
    return readConfigFields(await this.#shell.call('read-config'))
  }

  async writeConfig(change: Partial<UserConfig>): Promise<UserConfig> {
    return readConfigFields(await this.#shell.call('write-config', change))
  }

  async connect(): Promise<RpcClient> {
    return createClient(await this.#transport.open())
  }

  onevent(listener: (event: ShellEvent) => void): void {
    this.#shell.onevent(listener)
  }

  async restart(): Promise<void> {
    await this.#shell.call('restart')
  }
}

/** What Electron's preload gives the page. */
interface Preload {
  openSession(): void
  call(name: string, value: unknown): Promise<unknown>
  onevent(listener: (event: ShellEvent) => void): void
  pathOf(file: File): string
}

/** What Pear puts into a window, as far as we use it: its class holds the pipe's maker. */
interface PearWindow {
  readonly constructor: { readonly IPC: symbol }
}

/** The window of our own that this page is in; null in a browser. */
export function windowHost(): ShellHost | null {
  const { hypertuna, Pear } = globalThis as { hypertuna?: Preload; Pear?: PearWindow }
  if (hypertuna !== undefined) return electronHost(hypertuna)
  if (Pear === undefined) return null
  const ipc = (Pear as unknown as Record<symbol, { pipe(): RawPipe }>)[Pear.constructor.IPC]
  if (ipc === undefined) return null
  const transport = new PipeTransport(ipc.pipe())
  return new ShellHost(transport, transport.shell)
}

function electronHost(preload: Preload): ShellHost {
  const listeners = new Set<(event: ShellEvent) => void>()
  preload.onevent((event) => listeners.forEach((listener) => listener(event)))
  const shell: ShellLine = {
    async call(name, value) {
      const answer = (await preload.call(name, value)) as {
        value?: unknown
        error?: { code: string; message: string }
      }
      if (answer.error !== undefined) throw errorOf(answer.error)
      return answer.value
    },
    onevent: (listener) => void listeners.add(listener)
  }
  return new ShellHost(new PortTransport(() => preload.openSession()), shell, {
    of: (file) => preload.pathOf(file) || null,
    chooseFiles: async () => (await shell.call('choose-files')) as string[],
    chooseFolder: async () => ((await shell.call('choose-folder')) as string[])[0] ?? null
  })
}
