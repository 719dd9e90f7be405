/** What of a folder is left out, by the rules of gitignore. */
import b4a from 'b4a'
import ignore from 'ignore'
import type { Ignore } from 'ignore'

import { foldPath, isOurs } from './names.ts'

/** What nobody means to share; a line `!name` in the folder's own rules takes one back. */
const DEFAULTS = [
  '.DS_Store',
  '._*',
  '.Spotlight-V100',
  '.Trashes',
  '.fseventsd',
  '.TemporaryItems',
  'Thumbs.db',
  'ehthumbs.db',
  'desktop.ini',
  '$RECYCLE.BIN',
  'System Volume Information',
  '.Trash-*',
  '.directory',
  '*~',
  '~$*',
  '.~lock.*#',
  '*.swp',
  '*.swx',
  '*.part',
  '*.crdownload',
  '.stfolder',
  '.stversions',
  '.sync'
]

/**
 * Programs run what lies in these, so a record must never write into them: no rule takes
 * them back.
 */
const NEVER = ['.git', '.hg', '.svn', '.bzr', 'git~[0-9]']

/** More of a rules file is not read. */
export const MAX_RULES = 64 * 1024

export class IgnoreRules {
  readonly #rules: Ignore
  readonly #never: Ignore

  /** @param text of the folder's `.hypertunaignore`; null without one */
  constructor(text: Uint8Array | null) {
    this.#rules = ignore().add(DEFAULTS)
    this.#never = ignore().add(NEVER)
    if (text !== null) this.#rules.add(b4a.toString(text.subarray(0, MAX_RULES), 'utf8'))
  }

  /** Whether a path below the folder is left out; `/` between its parts. */
  has(path: string): boolean {
    if (isOurs(path)) return true
    if (!ignore.isPathValid(path)) return true
    return this.#never.ignores(foldPath(path)) || this.#rules.ignores(path)
  }
}
