import { plainName } from '../plain-text.ts'
import { copy } from '../strings.ts'

/** What a file is called; one without a name is called that. */
export function shownName(name: string | null | undefined): string {
  return plainName(name ?? '') || copy.files.unnamed
}
