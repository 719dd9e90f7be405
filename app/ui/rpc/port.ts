import type { Duplex } from 'streamx'
import { pagePort, PortStream } from '../../shells/port-stream.ts'
import type { Transport } from './transport.ts'

/** How long the main process may take to hand over a port. */
const PATIENCE = 10_000

/** Sessions over ports to Electron's main process, one port for each. */
export class PortTransport implements Transport {
  readonly #ask: () => void

  /** @param ask makes the preload ask for a port, which comes as a message */
  constructor(ask: () => void) {
    this.#ask = ask
  }

  open(): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        removeEventListener('message', onmessage)
        reject(new Error('The app does not answer'))
      }, PATIENCE)
      const onmessage = ({ data, source, ports }: MessageEvent): void => {
        const [port] = ports
        if (data !== 'hypertuna-session' || source !== window || port === undefined) return
        clearTimeout(timer)
        removeEventListener('message', onmessage)
        resolve(new PortStream(pagePort(port)))
      }
      addEventListener('message', onmessage)
      this.#ask()
    })
  }
}
