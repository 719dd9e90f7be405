import { plainName, splitName } from '../plain-text.ts'
import { copy } from '../strings.ts'
import { shownName } from './shown-name.ts'

export { shownName } from './shown-name.ts'

/** A file's name on one line: shortened in the middle, so that its extension stays in sight. */
export function FileName({ name }: { name: string | null | undefined }) {
  const shown = shownName(name)
  const { stem, extension } = splitName(shown)
  return (
    <bdi className='file-name' title={shown}>
      <span className='stem'>{stem}</span>
      <span className='extension'>{extension}</span>
    </bdi>
  )
}

/** A member's own name, or the first letters of the key where there is none. */
export function personName(pubkey: string, name: string | null | undefined): string {
  return plainName(name ?? '') || copy.conversation.unknownPerson(pubkey)
}

const HUES = [152, 205, 262, 325, 18, 44, 96, 178]

/** Initials on a colour that follows from the key, so that two people of one name differ. */
export function Avatar({
  seed,
  name,
  shape = ''
}: {
  seed: string
  name: string
  shape?: 'square' | 'small' | ''
}) {
  const hue = HUES[Number.parseInt(seed.slice(0, 6), 16) % HUES.length] ?? HUES[0]
  return (
    <span
      className={`avatar ${shape}`}
      style={{ '--hue': hue } as React.CSSProperties}
      aria-hidden='true'
    >
      {initials(name)}
    </span>
  )
}

function initials(name: string): string {
  const words = plainName(name)
    .split(/[\s\-_.]+/u)
    .filter((word) => /[\p{L}\p{N}]/u.test(word))
  const letters = words
    .slice(0, 2)
    .map((word) => [...word.replace(/^[^\p{L}\p{N}]+/u, '')][0] ?? '')
  return letters.join('').toLocaleUpperCase() || '·'
}
