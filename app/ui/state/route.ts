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

  constructor() {
    addEventListener('hashchange', () => this.route.set(parse(location.hash)))
  }

  go(relayKey: string | null, view: View = 'conversation'): void {
    location.hash = relayKey === null ? '' : `#/${relayKey}/${view}`
  }
}

function parse(hash: string): Route {
  const [, relayKey, view] = SHAPE.exec(hash) ?? []
  if (relayKey === undefined) return { relayKey: null, view: 'conversation' }
  return { relayKey, view: VIEWS.find((known) => known === view) ?? 'conversation' }
}
