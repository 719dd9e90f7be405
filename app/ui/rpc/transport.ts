import type { Duplex } from 'streamx'

/**
 * The page's way to the worker: each call opens one more session, as a stream of
 * bytes. The shell decides what is between: a WebSocket to the page's own origin, a
 * port to Electron's main process, or the pipe that Pear gives a window.
 *
 * @throws when there is no worker or no shell now; it is tried again
 */
export interface Transport {
  open(): Promise<Duplex>
}
