import b4a from 'b4a'
import Autobase from 'autobase'
import Hyperbee from 'hyperbee'
import type Corestore from 'corestore'
import type { KeyPair } from 'hypercore-crypto'

import type { Log } from '../log.ts'
import '../gathered-reads.ts'
import { Kin } from '../quick-bee.ts'
import './guard-acks.ts'
import './guard-conflict.ts'
import './guard-dag.ts'
import './guard-fork.ts'
import './guard-merge.ts'
import './guard-wakeup.ts'
import './young-sets.ts'
import type { View } from './apply.ts'

export interface RelayOptions {
  /** A namespace of the worker's Corestore; closing the relay closes it. */
  store: Corestore
  /** Null for a new relay, whose key then is its first writer's. */
  relayKey: string | null
  /** This device's writer, given once: when a relay is created or joined. */
  keyPair?: KeyPair
  /** Of a private relay, 32 bytes: its cores are encrypted with it. */
  encryptionKey?: Uint8Array | null
  /** Where others have signed the view, hex: what a newcomer takes over without replaying it. */
  systemKey?: string | null
  /** Told of that key when it is another one, and after opening. */
  keepSystemKey?: (key: string) => Promise<void>
  /** Told of each core that was shown to be the relay's, by its key. */
  ownsCore?: (key: Uint8Array) => void
  /** Whether nobody is expected to connect in a moment; never, when left out. */
  isQuiet?: () => boolean
  wakeup: unknown
  log: Log
}

/** A relay's Autobase with its two views, not open yet. */
export function makeBase(
  { store, relayKey, keyPair, encryptionKey, systemKey, wakeup }: RelayOptions,
  apply: Autobase.Options<View, Uint8Array>['apply']
): Autobase<View> {
  const key = relayKey === null ? null : b4a.from(relayKey, 'hex')
  const kin = new Kin()
  const signed = keyPair === undefined || !systemKey ? null : b4a.from(systemKey, 'hex')
  return new Autobase<View>(store, key, {
    valueEncoding: 'binary',
    ackInterval: 1000,
    wakeup,
    keyPair,
    encryptionKey: encryptionKey ?? null,
    // From the first moment on, or what the founder signed once is taken over instead.
    fastForward: signed === null ? true : { key: signed },
    open: (views) => {
      const state = new Hyperbee<string, unknown>(views.get('state'), {
        extension: false,
        keyEncoding: 'utf-8',
        valueEncoding: 'json'
      })
      kin.add(state)
      return { log: views.get('log'), state }
    },
    apply,
    close: (view) => {
      kin.delete(view.state)
      return view.state.close()
    }
  })
}
