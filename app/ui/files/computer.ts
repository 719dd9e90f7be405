import { plainName } from '../plain-text.ts'

/** Whether a text is a whole path of this computer, as Unix or Windows writes it. */
export function isWholePath(text: string): boolean {
  return /^(?:\/|[A-Za-z]:[\\/]|\\\\)/.test(text)
}

/**
 * A folder for saved files, guessed from where the storage lies; empty if that tells nothing.
 * @param storage the storage's folder, in the home of whoever runs the app unless chosen otherwise
 */
export function guessFolder(storage: string, group: string): string {
  const match = /^(\/(?:home|Users)\/[^/]+|\/root|[A-Za-z]:\\Users\\[^\\]+)[\\/]/.exec(storage)
  if (match?.[1] === undefined) return ''
  const slash = storage.includes('\\') ? '\\' : '/'
  const name = plainName(group).replace(/[\\/:*?"<>|]/g, '-')
  return [match[1], 'Downloads', name].join(slash)
}
