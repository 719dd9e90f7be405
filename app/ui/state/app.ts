import { createContext, useContext } from 'react'
import type { Relay, WaitingJoin } from '../../../protocol/rpc/generated/types.ts'
import type { FileDialog } from '../files/file-dialogs.tsx'
import { Removals } from '../files/removals.ts'
import type { Confirmation } from '../screens/confirm.tsx'
import { FolderIntake } from '../outbox/folder-intake.ts'
import type { MadeInvite } from '../screens/invite-people.tsx'
import type { SettingsSection } from '../screens/settings/settings.tsx'
import { Outbox } from '../outbox/outbox.ts'
import { findInvite } from '../intake/invite-text.ts'
import type { ShellEvent, UpdateState } from '../../shells/calls.ts'
import type { Host, UserConfig } from '../session/host.ts'
import { Session } from '../session/session.ts'
import { useLive, Value } from '../session/store.ts'
import { copy, explain } from '../strings.ts'
import { DialogPlace } from './dialog-place.ts'
import { Drafts } from './drafts.ts'
import { relayListFeed, safetyFeed, statusFeed } from './feeds.ts'
import { FilesViews } from './files-view.ts'
import { returnFocus } from './focus-return.ts'
import { applyTheme } from './look.ts'
import { Herald } from './herald.ts'
import { Notices } from './notices.ts'
import { Notifier } from './notifier.ts'
import { Router } from './route.ts'

export type OpenDialog =
  | { kind: 'create' }
  | { kind: 'join'; invite: string }
  | { kind: 'invite'; relay: Relay; made?: MadeInvite }
  | { kind: 'group'; relayKey: string }
  | { kind: 'confirm'; ask: Confirmation }
  | FileDialog
  | { kind: 'settings'; section: SettingsSection }
  | { kind: 'restore' }
  | { kind: 'palette' }
  | { kind: 'keys' }

/** What the screens share. It holds choices and drafts; everything else is the worker's. */
export class App {
  readonly session: Session
  readonly outbox: Outbox
  readonly drafts = new Drafts()
  readonly notices = new Notices()
  readonly herald = new Herald()
  readonly dialog = new Value<OpenDialog | null>(null)
  readonly #place = new DialogPlace(this.dialog)
  readonly router = new Router((run) => this.#place.settled(run))
  readonly filesViews = new FilesViews()
  readonly removals: Removals
  readonly intake: FolderIntake
  /** Whether nobody looks at this window */
  readonly away = new Value(document.hidden)
  readonly notifier: Notifier
  /** Whether the groups are open above a narrow window */
  readonly groupsOpen = new Value(false)
  /** The group whose message field is to have the focus */
  readonly writeIn = new Value<string | null>(null)
  /** A group of which this device alone has files that other members want */
  readonly #alone = new Value<string | null>(null)
  /** The message that is to be shown in the open conversation */
  readonly goTo = new Value<string | null>(null)
  /** Null until the shell has answered */
  readonly config = new Value<UserConfig | null>(null)
  readonly update = new Value<UpdateState>('none')

  constructor(host: Host) {
    this.session = new Session(host)
    this.outbox = new Outbox(this.session, (relayKey) => this.#linkFacts(relayKey))
    this.removals = new Removals(this.session, this.notices)
    this.intake = new FolderIntake(this.session, this.notices)
    addEventListener('visibilitychange', () => this.away.set(document.hidden))
    this.notifier = new Notifier(this.session, (relayKey) => this.router.go(relayKey))
    this.session.onopen(() => void this.#readConfig())
    host.onevent((event) => this.#onshell(event))
    this.router.route.subscribe(() => {
      this.notices.dismiss()
      this.groupsOpen.set(false)
    })
    returnFocus(this.dialog)
    this.dialog.subscribe(() => {
      if (this.dialog.get() === null) return
      this.groupsOpen.set(false)
      this.notices.giveWay()
    })
    this.#remindOfName()
    this.#watchSafety()
  }

  /** Closes the dialog and takes its place out of the history. */
  closeDialog(): void {
    this.dialog.set(null)
    this.#place.leave()
  }

  /** Closes the dialog, and goes on once its place in the history is gone. */
  afterDialog(run: () => void): void {
    this.closeDialog()
    this.#place.settled(run)
  }

  /** Puts the focus where a message to this group is written. */
  write(relayKey: string): void {
    if (this.router.route.get().view !== 'conversation') this.router.go(relayKey)
    this.writeIn.set(relayKey)
  }

  /** Closes the dialog for a group that it brought, ready to write in. */
  enter(relayKey: string): void {
    this.#instead(relayKey)
    this.writeIn.set(relayKey)
  }

  /** Closes the dialog and looks away from a group that is no longer here. */
  depart(): void {
    this.#instead(null)
  }

  /** Asks before something that cannot be taken back; then does it, and says what was done. */
  confirm(ask: Confirmation, done: string): void {
    const run = async (): Promise<void> => {
      await ask.run()
      if (this.dialog.get()?.kind === 'confirm') this.closeDialog()
      this.notices.say(done)
    }
    this.dialog.set({ kind: 'confirm', ask: { ...ask, run } })
  }

  /** Saves a change with the shell, and the name with the worker, which tells the groups. */
  async save(change: Partial<UserConfig>): Promise<void> {
    const before = this.config.get()
    const config = await this.session.host.writeConfig(change)
    this.config.set(config)
    applyTheme(config.theme)
    if (config.displayName !== before?.displayName) await this.#tellName(config.displayName)
  }

  /**
   * Whether closing the page would lose something. Words are kept, a file's bytes cannot be; and
   * who closes the page often stops the app, while other members may want what is only here.
   */
  wouldLose(): boolean {
    const page = this.outbox.wouldLose() || this.drafts.wouldLose() || this.intake.wouldLose()
    return page || this.#alone.get() !== null
  }

  /** Says what closing the page would lose: to who stays after all. */
  tellLoss(): void {
    const relayKey = this.#alone.get()
    if (relayKey !== null && this.dialog.get() === null) {
      this.dialog.set({ kind: 'safety', relayKey })
    } else this.notices.say(copy.status.wouldLose, 'danger')
  }

  /** Runs something that may fail, and says so if it does. */
  attempt(job: () => Promise<unknown>): void {
    job().catch((error: unknown) => this.notices.say(explain(error), 'danger'))
  }

  /** Closes the dialog, and goes to a group in its place. */
  #instead(relayKey: string | null): void {
    this.dialog.set(null)
    this.#place.settled(() => {
      if (this.#place.taken) this.router.replace(relayKey)
      else this.router.go(relayKey)
    })
  }

  #onshell(event: ShellEvent): void {
    if (event.event === 'update') return this.update.set(event.state)
    const invite = findInvite(event.url)
    if (invite !== null) this.dialog.set({ kind: 'join', invite })
  }

  /** A worker that was started again does not know our name, and groups to come would not either. */
  #remindOfName(): void {
    const feed = statusFeed(this.session)
    let telling = false
    const look = (): void => {
      const status = feed.get().value
      const name = this.config.get()?.displayName
      if (telling || !name || status?.state !== 'ready' || status.name) return
      telling = true
      const done = (): void => void (telling = false)
      this.#tellName(name).then(done, done) // the next status is another chance
    }
    feed.subscribe(look)
    this.config.subscribe(look)
  }

  #watchSafety(): void {
    const safety = safetyFeed(this.session)
    const relays = relayListFeed(this.session)
    const look = (): void => {
      const shared = relays.get().value.relays.filter(({ members }) => members > 1)
      const keys = new Set(shared.map(({ relayKey }) => relayKey))
      const groups = safety.get().value?.groups ?? []
      const alone = groups.find(
        ({ relayKey, onlyHere }) => keys.has(relayKey) && onlyHere.files > 0
      )
      this.#alone.set(alone?.relayKey ?? null)
    }
    safety.subscribe(look)
    relays.subscribe(look)
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
    const relays = relayListFeed(this.session).get().value.relays
    const relay = relays.find((known) => known.relayKey === relayKey)
    if (!relay) return null
    const gateways =
      relay.access === 'private' ? [] : statusFeed(this.session).get().value?.gateways
    return { publicIdentifier: relay.publicIdentifier, gateway: gateways?.[0] ?? null }
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

const NOBODY_ASKED: WaitingJoin[] = []

export function useRelays() {
  const { value, loaded } = useLive(relayListFeed(useApp().session))
  return { value: value.relays, waiting: value.waiting ?? NOBODY_ASKED, loaded }
}
