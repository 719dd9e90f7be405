import { Value } from '../session/store.ts'

export const VIEWS = ['conversation', 'files', 'people'] as const
export type View = (typeof VIEWS)[number]

export interface Route {
  relayKey: string | null
  view: View
}

const SHAPE = /^#\/([0-9a-f]{64})(?:\/(\w+))?$/

/** What is on the screen, kept in the address so that reload, back and forward work. */
export class Router {
  readonly route = new Value<Route>(parse(location.hash))

  readonly #settled: (run: () => void) => void

  /** @param settled runs what it gets as soon as the history stands still */
  constructor(settled: (run: () => void) => void) {
    this.#settled = settled
    addEventListener('hashchange', () => this.#read())
  }

  go(relayKey: string | null, view: View = 'conversation'): void {
    this.#settled(() => {
      location.hash = hashOf(relayKey, view)
      this.#read()
    })
  }

  /** Goes there without leaving the present place in the history. */
  replace(relayKey: string | null, view: View = 'conversation'): void {
    history.replaceState(null, '', hashOf(relayKey, view) || location.pathname)
    this.#read()
  }

  #read(): void {
    const before = this.route.get()
    const next = parse(location.hash)
    if (next.relayKey !== before.relayKey || next.view !== before.view) this.route.set(next)
  }
}

function hashOf(relayKey: string | null, view: View): string {
  return relayKey === null ? '' : `#/${relayKey}/${view}`
}

function parse(hash: string): Route {
  const [, relayKey, view] = SHAPE.exec(hash) ?? []
  if (relayKey === undefined) return { relayKey: null, view: 'conversation' }
  return { relayKey, view: VIEWS.find((known) => known === view) ?? 'conversation' }
}
