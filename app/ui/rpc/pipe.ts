import type { Duplex } from 'streamx'
import { createSessionPipe, openSession, openShellStream } from '../../../protocol/rpc/session.ts'
import { openShellLine, type ShellLine } from '../../shells/calls.ts'
import { PageLine, type RawPipe } from '../../shells/pear/line.ts'
import type { Transport } from './transport.ts'

/** Sessions over the one pipe between a Pear window and its index.js. */
export class PipeTransport implements Transport {
  /** To the shell itself: settings and updates. */
  readonly shell: ShellLine
  readonly #mux: ReturnType<typeof createSessionPipe>['mux']

  constructor(pipe: RawPipe) {
    const marker = crypto.getRandomValues(new Uint8Array(16))
    this.#mux = createSessionPipe(new PageLine(pipe, marker)).mux
    this.shell = openShellLine(openShellStream(this.#mux))
  }

  async open(): Promise<Duplex> {
    return openSession(this.#mux)
  }
}
