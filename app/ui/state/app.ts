import { createContext, useContext } from 'react'
import type { Relay } from '../../../protocol/rpc/generated/types.ts'
import { Outbox } from '../outbox/outbox.ts'
import type { Host, UserConfig } from '../session/host.ts'
import { Session } from '../session/session.ts'
import { useLive, Value } from '../session/store.ts'
import { explain } from '../strings.ts'
import { Drafts } from './drafts.ts'
import { relaysFeed, statusFeed } from './feeds.ts'
import { applyTheme } from './look.ts'
import { Notices } from './notices.ts'
import { Router } from './route.ts'

export type OpenDialog =
  | { kind: 'create' }
  | { kind: 'join'; invite: string }
  | { kind: 'invite'; relay: Relay }
  | { kind: 'settings' }

/** What the screens share. It holds choices and drafts; everything else is the worker's. */
export class App {
  readonly session: Session
  readonly outbox: Outbox
  readonly drafts = new Drafts()
  readonly notices = new Notices()
  readonly router = new Router()
  readonly dialog = new Value<OpenDialog | null>(null)
  /** Null until the shell has answered */
  readonly config = new Value<UserConfig | null>(null)

  constructor(host: Host) {
    this.session = new Session(host)
    this.outbox = new Outbox(this.session, (relayKey) => this.#linkFacts(relayKey))
    this.session.onopen(() => void this.#readConfig())
  }

  /** Saves a change with the shell, and the name with the worker, which tells the groups. */
  async save(change: Partial<UserConfig>): Promise<void> {
    const before = this.config.get()
    const config = await this.session.host.writeConfig(change)
    this.config.set(config)
    applyTheme(config.theme)
    if (config.displayName !== before?.displayName) await this.#tellName(config.displayName)
  }

  /** Runs something that may fail, and says so if it does. */
  attempt(job: () => Promise<unknown>): void {
    job().catch((error: unknown) => this.notices.say(explain(error), 'danger'))
  }

  async #tellName(name: string): Promise<void> {
    if (name !== '') await this.session.call('setName', { name })
  }

  async #readConfig(): Promise<void> {
    try {
      const config = await this.session.host.readConfig()
      this.config.set(config)
      applyTheme(config.theme)
    } catch (error) {
      // The shell keeps a file it cannot read as it is, and says which field to mend
      if (this.config.get() === null) this.config.set({ displayName: '', theme: 'system' })
      this.notices.say(explain(error), 'danger')
    }
  }

  #linkFacts(relayKey: string) {
    const relays = relaysFeed(this.session).get().value
    const relay = relays.find((known) => known.relayKey === relayKey)
    if (!relay) return null
    const gateway = statusFeed(this.session).get().value?.gateways[0] ?? null
    return { publicIdentifier: relay.publicIdentifier, gateway }
  }
}

export const AppContext = createContext<App | null>(null)

export function useApp(): App {
  const app = useContext(AppContext)
  if (!app) throw new Error('Rendered outside of the app')
  return app
}

export function useStatus() {
  return useLive(statusFeed(useApp().session))
}

export function useRelays() {
  return useLive(relaysFeed(useApp().session))
}
