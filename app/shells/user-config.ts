/** `user-config.json`: what the desktop keeps for its user, beside the worker's own files. */
import { mkdir, open, readFile, rename } from '#fs/promises'
import { dirname, join } from '#path'
import { HypertunaError } from '../../protocol/errors.ts'

export type Theme = 'system' | 'light' | 'dark'

export interface UserFields {
  version: 1
  displayName: string
  theme: Theme
  /** The worker's, once it has reported one: 64 hex. */
  driveKey: string | null
  /** Where the page was last: the browser keeps drafts by origin, and a port is part of it. */
  port: number | null
}

const DEFAULTS: UserFields = {
  version: 1,
  displayName: '',
  theme: 'system',
  driveKey: null,
  port: null
}
const MAX_NAME = 200

const CHECKS: { [Name in keyof UserFields]: (value: unknown) => boolean } = {
  version: (value) => value === 1,
  displayName: (value) => typeof value === 'string' && value.length <= MAX_NAME,
  theme: (value) => value === 'system' || value === 'light' || value === 'dark',
  driveKey: (value) =>
    value === null || (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)),
  port: (value) => value === null || (Number.isInteger(value) && isPort(value as number))
}

const isPort = (value: number): boolean => value > 0 && value <= 65535

/** What the page may change; the rest is the shell's to write. */
const OF_THE_PAGE = ['displayName', 'theme']

export class UserConfig {
  readonly path: string
  /** The folder is made once: one that is gone later (a disk) is not to be made anew. */
  private made = false
  private saving: Promise<unknown> = Promise.resolve()

  constructor(storage: string) {
    this.path = join(storage, 'user-config.json')
  }

  /** The fields, or the defaults while there is no file. @throws BAD_CONFIG naming the field */
  async read(): Promise<UserFields> {
    let text: string
    try {
      text = (await readFile(this.path, 'utf8')) as string
    } catch (err) {
      const { code } = err as { code?: string }
      if (code === 'ENOENT') return { ...DEFAULTS }
      if (code === 'ENOTDIR') {
        const message = `${dirname(this.path)} is no folder: choose another --storage`
        throw new HypertunaError('BAD_CONFIG', message, { cause: err })
      }
      throw unreadable(code, this.path, err)
    }
    return { ...DEFAULTS, ...check(parse(text, this.path), Object.keys(CHECKS), this.path) }
  }

  /**
   * Changes some fields, atomically and one change after the other. A file that
   * cannot be read is left as it is.
   *
   * @throws BAD_REQUEST for a wrong or unknown field, BAD_CONFIG for a wrong file
   */
  update(change: unknown, { byPage = false } = {}): Promise<UserFields> {
    const allowed = byPage ? OF_THE_PAGE : Object.keys(CHECKS)
    const saved = this.saving.then(async () => {
      const fields = { ...(await this.read()), ...check(change, allowed, null) }
      if (!this.made) await mkdir(dirname(this.path), { recursive: true, mode: 0o700 }) // for a key
      this.made = true
      await replace(this.path, JSON.stringify(fields, null, 2) + '\n')
      return fields
    })
    this.saving = saved.catch(() => undefined) // each caller hears of its own failure
    return saved
  }

  /** Resolves when no change is on its way to the disk. */
  async settled(): Promise<void> {
    await this.saving
  }
}

function unreadable(code: string | undefined, path: string, cause: unknown): HypertunaError {
  if (code !== 'EACCES' && code !== 'EPERM') {
    return new HypertunaError('BAD_CONFIG', `${path} cannot be read: mend or remove it`, { cause })
  }
  const message = `This user may not read ${path}: mend its permissions, or choose another --storage`
  return new HypertunaError('STORAGE_DENIED', message, { cause })
}

/** @param file where the fields come from; null for a request */
function check(value: unknown, allowed: string[], file: string | null): Partial<UserFields> {
  const fail = (what: string): HypertunaError => {
    if (file === null) return new HypertunaError('BAD_REQUEST', `${what} is not right`)
    return new HypertunaError('BAD_CONFIG', `${what} in ${file} is not right: mend or remove it`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fail('The whole')
  for (const [name, field] of Object.entries(value)) {
    if (!allowed.includes(name)) throw fail(`The unknown field ${JSON.stringify(name)}`)
    if (!CHECKS[name as keyof UserFields](field)) throw fail(`The field ${JSON.stringify(name)}`)
  }
  return value
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (err) {
    throw new HypertunaError('BAD_CONFIG', `${path} is not JSON: mend or remove it`, { cause: err })
  }
}

/** A crash leaves the old content or the new, whole. */
async function replace(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`
  const file = await open(temporary, 'w', 0o600)
  try {
    await file.chmod(0o600) // a leftover of a crash keeps its own mode
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.byteLength;) {
      // Bare and Node both answer so, whatever bare-fs's types say.
      const written = (await file.write(bytes, at)) as unknown as { bytesWritten: number }
      at += written.bytesWritten
    }
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
}
