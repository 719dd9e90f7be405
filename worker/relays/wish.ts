import { HypertunaError } from '../../protocol/errors.ts'
import { cleanText } from '../../protocol/names.ts'
import { aliasFrom, isAlias } from '../../protocol/ids.ts'
import type { Access } from './state.ts'

/** What a person asks for when making a relay. */
export interface RelayWish {
  name: string
  /** Made from the name when left out. */
  alias?: string | null
  about?: string | null
  access: string
}

export interface RelayDescription {
  alias: string
  name: string
  about: string
  access: Access
}

/** Characters of an alias (contracts: identifiers). */
const ALIAS_LIMIT = 63
const NAME_LIMIT = 200
const ABOUT_LIMIT = 2000

/** @throws BAD_REQUEST */
export function checkWish(wish: RelayWish): RelayDescription {
  const name = cleanText(wish.name)
  const about = wish.about?.trim() ?? ''
  const { access } = wish
  if (access !== 'open' && access !== 'closed' && access !== 'private') {
    throw new HypertunaError('BAD_REQUEST', 'Access is open, closed or private')
  }
  if (name === '' || name.length > NAME_LIMIT) {
    throw new HypertunaError('BAD_REQUEST', `A group needs a name of 1 to ${NAME_LIMIT} characters`)
  }
  if (about.length > ABOUT_LIMIT) {
    throw new HypertunaError(
      'BAD_REQUEST',
      `What it is about has at most ${ABOUT_LIMIT} characters`
    )
  }
  const alias = wish.alias ? wish.alias : aliasFrom(name)
  if (!isAlias(alias)) {
    throw new HypertunaError('BAD_REQUEST', 'An alias is a-z, 0-9 and dashes, 63 at most')
  }
  return { alias, name, about, access }
}

/** An alias made from a name may be taken by a group of the same or a like name: then it is counted. */
export function freeAlias(alias: string, isTaken: (alias: string) => boolean): string {
  for (let n = 1; ; n++) {
    const suffix = n === 1 ? '' : `-${n}`
    const free = alias.slice(0, ALIAS_LIMIT - suffix.length) + suffix
    if (!isTaken(free)) return free
  }
}
