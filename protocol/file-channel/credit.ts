import type { Limits } from './limits.ts'

/** What one request may still be sent: granted bytes that its reader has not consumed. */
export interface Account {
  held: number
}

/**
 * Shares the channel's window among its open requests.
 *
 * Half of the window is a floor that belongs to each request, however many are
 * open, so that readers who pause can never starve the others. The other half
 * is a pool from which those who read borrow. The sum never passes the window.
 */
export class CreditPool {
  readonly #floor: number
  readonly #pool: number
  readonly #window: number
  #borrowed = 0
  #open = 0

  constructor(limits: Limits) {
    this.#floor = Math.floor(limits.channelWindow / (2 * limits.requests))
    this.#pool = limits.channelWindow - this.#floor * limits.requests
    this.#window = limits.window
  }

  /** Opens an account for a request. */
  open(): Account {
    this.#open++
    return { held: 0 }
  }

  /**
   * Grants `account` more, of the `remaining` bytes it has not been granted yet.
   * Returns 0 rather than crumbs, because every grant is a frame.
   */
  grant(account: Account, remaining: number): number {
    const borrowed = Math.max(0, account.held - this.#floor)
    const share = Math.min(borrowed + this.#pool - this.#borrowed, this.#pool / this.#open)
    const target = Math.min(this.#window, this.#floor + Math.floor(share))
    const more = Math.min(target - account.held, remaining)
    if (more <= 0) return 0
    if (account.held > 0 && more < remaining && more < target / 4) return 0
    this.#change(account, more)
    return more
  }

  /** `bytes` were consumed. */
  consume(account: Account, bytes: number): void {
    this.#change(account, -bytes)
  }

  close(account: Account): void {
    this.#change(account, -account.held)
    this.#open--
  }

  #change(account: Account, by: number): void {
    const before = Math.max(0, account.held - this.#floor)
    account.held += by
    this.#borrowed += Math.max(0, account.held - this.#floor) - before
  }
}
