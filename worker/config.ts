import { readFile } from 'bare-fs/promises'
import { join } from 'bare-path'
import { HypertunaError } from '../protocol/errors.ts'
import { replaceFile } from './atomic-file.ts'
import { checkConfig, defaultConfig } from './config-fields.ts'
import { diskError, isSystemCode, unreadable } from './disk-error.ts'
import type { RelayConfig, RelayEntry } from './config-fields.ts'

export type { RelayConfig, RelayEntry } from './config-fields.ts'

const FILE = 'relay-config.json'

/** The worker's `relay-config.json`: what it holds now, and the one way to change it. */
export class Config {
  readonly path: string
  #values: RelayConfig
  #saving: Promise<void> = Promise.resolve()

  constructor(path: string, values: RelayConfig) {
    this.path = path
    this.#values = values
  }

  /** A copy of the current values. */
  get(): RelayConfig {
    return structuredClone(this.#values)
  }

  /** The current values as they lie here: not to be changed. For who asks often. */
  get current(): Readonly<RelayConfig> {
    return this.#values
  }

  /** What is known of a relay, as it lies here: not to be changed. Null when there is none. */
  relay(relayKey: string): Readonly<RelayEntry> | null {
    return this.#values.relays.find((relay) => relay.relayKey === relayKey) ?? null
  }

  /**
   * Changes some fields and saves the file, atomically and in the order of the calls.
   * Nothing changes when it fails.
   *
   * @param patch the new values, or a function from the current values to them
   * @throws BAD_CONFIG for a wrong value or a file that was not taken, STORAGE_* from the disk
   */
  update(
    patch: Partial<RelayConfig> | ((now: RelayConfig) => Partial<RelayConfig>)
  ): Promise<void> {
    const saved = this.#saving.then(() => this.#save(patch))
    // A failed save fails its caller; the next one starts from what is on the disk.
    this.#saving = saved.catch(() => {})
    return saved
  }

  async #save(
    patch: Partial<RelayConfig> | ((now: RelayConfig) => Partial<RelayConfig>)
  ): Promise<void> {
    const changed = typeof patch === 'function' ? patch(this.get()) : structuredClone(patch)
    const next = checkConfig({ ...this.#values, ...changed }, this.path)
    await writeConfig(this.path, next)
    this.#values = next
  }

  /** Adds the relay, or replaces what is known about it, in its place. */
  setRelay(relay: RelayEntry): Promise<void> {
    return this.update(({ relays }) => {
      const at = relays.findIndex(({ relayKey }) => relayKey === relay.relayKey)
      return { relays: at < 0 ? [...relays, relay] : relays.with(at, relay) }
    })
  }
}

/**
 * Reads `<dir>/relay-config.json`; a missing file is created with defaults (mode 0600).
 *
 * @throws BAD_CONFIG naming the wrong `field`, with the file left as it is; STORAGE_*
 */
export async function loadOrCreateConfig(dir: string): Promise<Config> {
  const path = join(dir, FILE)
  const stored = await readConfig(path)
  if (stored !== null) return new Config(path, stored)
  const values = defaultConfig()
  await writeConfig(path, values)
  return new Config(path, values)
}

async function readConfig(path: string): Promise<RelayConfig | null> {
  let text: string
  try {
    text = (await readFile(path, { encoding: 'utf8' })) as string
  } catch (err) {
    if (isSystemCode(err, 'ENOENT')) return null
    throw unreadable(err, path, 'BAD_CONFIG')
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (err) {
    const reason = (err as Error).message
    throw new HypertunaError('BAD_CONFIG', `${path} is not JSON, mend it: ${reason}`, {
      cause: err
    })
  }
  return checkConfig(value, path)
}

async function writeConfig(path: string, values: RelayConfig): Promise<void> {
  try {
    await replaceFile(path, JSON.stringify(values, null, 2) + '\n')
  } catch (err) {
    throw diskError(err, `${path} cannot be written`)
  }
}
