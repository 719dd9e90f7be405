/**
 * Which cores are shown to be a relay's own, so that no other relay can claim them.
 *
 * Autobase opens what nodes, hints and signed heads name before anybody could tell
 * whose it is: a hostile member may name another relay's core there. What is shown:
 * a writer's core, by the proof in its admission; and a core of the view, when all who
 * sign it are writers of the relay. Both are checked here once more, since the state
 * may be one that somebody signed falsely.
 */
import b4a from 'b4a'
import type Hypercore from 'hypercore'
import type Autobase from 'autobase'

import type { View } from './apply.ts'
import { writerRange } from './keys.ts'
import type { StateReader, WriterFacts } from './state.ts'
import { isWriterProven, writerKeyOf } from './writer-proof.ts'

interface Owner {
  base: Autobase<View>
  state: StateReader
  relayKey: string
  /** Hex. */
  discoveryKey: string
}

export class Belongings {
  readonly #tell: (key: Uint8Array) => void
  /** Cores that were told of, hex: one for each writer, and those of each view there was. */
  readonly #told = new Set<string>()

  constructor(tell: (key: Uint8Array) => void) {
    this.#tell = tell
  }

  /** Looks for what was not told yet. */
  async look({ base, state, relayKey, discoveryKey }: Owner): Promise<void> {
    this.#own(relayKey)
    for await (const { key, value } of state.createReadStream(writerRange)) {
      const writer = key.slice(-64)
      if (this.#told.has(writer)) continue
      const { pubkey, proof } = value as WriterFacts
      if (isWriterProven(writer, proof, { discoveryKey, pubkey })) this.#own(writer)
    }
    for (const core of [base.core, base.view.log, base.view.state.core]) this.#lookAtView(core)
  }

  #lookAtView({ key, manifest }: Hypercore): void {
    const signers = manifest?.signers ?? []
    if (signers.length === 0) return
    const ours = signers.every(({ publicKey }) => this.#told.has(writerKeyOf(publicKey)))
    if (ours) this.#own(b4a.toString(key, 'hex'))
  }

  #own(core: string): void {
    if (this.#told.has(core)) return
    this.#told.add(core)
    this.#tell(b4a.from(core, 'hex'))
  }
}
