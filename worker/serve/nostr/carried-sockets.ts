import type { ChannelSocket } from '../../../protocol/file-channel/channel.ts'

/**
 * The clients that gateways carry here. A gateway may have as many as are still free for
 * others: the first one half of all, the next one half of what is left, and so on, so that
 * none keeps the others out.
 */
export class CarriedSockets {
  readonly #most: number
  readonly #sockets = new Set<ChannelSocket>()
  readonly #counts = new Map<string, number>()

  /** @param most - of all gateways together */
  constructor(most: number) {
    this.#most = most
  }

  /**
   * @param gateway - its key
   * @returns false when there is no room for it
   */
  add(socket: ChannelSocket, gateway: string): boolean {
    const own = this.#counts.get(gateway) ?? 0
    if (own >= this.#most - this.#sockets.size) return false
    this.#sockets.add(socket)
    this.#counts.set(gateway, own + 1)
    socket.once('close', () => {
      this.#sockets.delete(socket)
      const left = (this.#counts.get(gateway) ?? 1) - 1
      if (left > 0) this.#counts.set(gateway, left)
      else this.#counts.delete(gateway)
    })
    return true
  }

  /** Hangs up on all of them. */
  close(): void {
    for (const socket of [...this.#sockets]) socket.close()
  }
}
