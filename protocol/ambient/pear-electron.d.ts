/** By `paths` in tsconfig.json: the package's own comments are no TypeScript that parses. */
import type { Duplex } from 'streamx'

/** Starts the window; its pipe is `ipc.pipe()` in the page. */
export default class Runtime {
  start(options: { bridge: object }): Promise<Duplex>
}
