/** What this device writes into a relay: asked of the policy first, and only while it may. */
import { HypertunaError } from '../../protocol/errors.ts'
import { isAct, isGroupState, KIND } from './kinds.ts'
import type { OwnWriter } from './own-writer.ts'
import { judge } from './policy.ts'
import type { Rejection } from './policy.ts'
import { encodeRecord } from './records.ts'
import type { RelayRecord } from './records.ts'
import type { Relay } from './relay.ts'
import type { StateReader } from './state.ts'
import type { Telling } from './telling.ts'

export interface WritingOptions {
  own: OwnWriter
  telling: Telling
  /** What is said of rules that this build does not know; null while it knows them. */
  unknownRules(): HypertunaError | null
}

export class Writing {
  readonly #relay: Relay
  readonly #options: WritingOptions

  constructor(relay: Relay, options: WritingOptions) {
    this.#relay = relay
    this.#options = options
  }

  /**
   * Appends records, in one batch, after asking the policy about each of them; of
   * those that come with a card, up to the card: what follows is said under it.
   * @throws NOT_ALLOWED with the policy's reason; NOT_MEMBER, CLOSED, STORAGE_FAILED
   */
  async append(records: RelayRecord[]): Promise<void> {
    this.#mayWrite()
    const card = records.findIndex(isCard)
    for (const record of card < 0 ? records : records.slice(0, card + 1)) {
      const rejection = await this.judge(record, this.#relay.state)
      if (rejection !== null) throw refused(rejection)
    }
    await this.#write(records)
  }

  /**
   * Appends, in one batch, those of the records that the policy lets in now.
   * @returns what it answered to each; null for what was appended
   * @throws NOT_MEMBER, CLOSED, STORAGE_FAILED
   */
  async offer(records: RelayRecord[]): Promise<(Rejection | null)[]> {
    this.#mayWrite()
    const answers = await this.#relay.at((state) =>
      Promise.all(records.map((record) => this.judge(record, state)))
    )
    const accepted = records.filter((_, i) => answers[i] === null)
    if (accepted.length > 0) await this.#write(accepted)
    return answers
  }

  /** What the policy says of a record that this device would carry now. */
  judge(record: RelayRecord, state: StateReader): Promise<Rejection | null> {
    const { relayKey, discoveryKey, writer } = this.#relay
    const founding = writer === relayKey
    // The node comes after all that this writer has written.
    const length = Number.MAX_SAFE_INTEGER
    return judge(record, { writer, length, founding, relayKey, discoveryKey }, state)
  }

  #mayWrite(): void {
    if (this.#relay.closing) throw new HypertunaError('CLOSED', 'The group is being closed')
    const unknown = this.#options.unknownRules()
    if (unknown !== null) throw unknown
    if (!this.#relay.base.writable) {
      throw new HypertunaError(
        'NOT_MEMBER',
        'This device is not a member of the group: it left, or was not let in yet'
      )
    }
  }

  async #write(records: RelayRecord[]): Promise<void> {
    const { own, telling } = this.#options
    const { base } = this.#relay
    await own.whenCurrent()
    this.#mayWrite()
    try {
      await base.append(records.map(encodeRecord))
    } catch (err) {
      throw HypertunaError.from(base.getLastError() ?? err, 'STORAGE_FAILED')
    }
    // Whoever appended sees it in `facts` and `members` at once. What changes neither is told
    // after Autobase's own update: to look once more finds nothing.
    if (records.every(isPlain)) return
    telling.soon()
    await telling.done
  }
}

/** What changes neither the facts nor who is a member. */
const isPlain = (record: RelayRecord): boolean =>
  record.type === 'event' && !isAct(record.event.kind) && !isGroupState(record.event.kind)

const isCard = (record: RelayRecord): boolean =>
  record.type === 'event' && record.event.kind === KIND.createGroup

function refused({ reason }: Rejection): HypertunaError {
  return new HypertunaError('NOT_ALLOWED', `The group refuses this: ${reason}`)
}
