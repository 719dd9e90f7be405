/** How admins describe a group (9002, 9010): what may be said, and what is read of it. */
import { isHex32 } from '../../protocol/ids.ts'
import { tagValue } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { Context } from './policy-context.ts'
import { invalid } from './rejection.ts'
import type { Rejection } from './rejection.ts'

const PINS = 64
const SUPPORTED_KINDS = 256
/** Copies that may be asked for. */
export const COPIES = 99
export const GATEWAYS = 16
export const NAME_LIMIT = 200
export const TEXT_LIMIT = 2000

/** 9002 replaces all the facts (NIP-29); what is private stays so, come what may. */
export function judgeMetadata(event: NostrEvent, { relay }: Context): Rejection | null {
  const text = (name: string): string => tagValue(event, name) ?? ''
  if (text('name').length > NAME_LIMIT) return invalid(`a name of at most ${NAME_LIMIT} characters`)
  for (const name of ['about', 'picture', 'banner']) {
    if (text(name).length > TEXT_LIMIT) return invalid(`${name} is too long`)
  }
  if (tagValue(event, 'parent') !== undefined || tagValue(event, 'child') !== undefined) {
    return invalid('groups within groups are not supported here')
  }
  const becomesPrivate = event.tags.some(([name]) => name === 'private' || name === 'hidden')
  if (becomesPrivate && relay.access !== 'private') {
    return invalid('a group is private from its beginning, or not at all')
  }
  const kinds = event.tags.find(([name]) => name === 'supported_kinds') ?? []
  if (kinds.length > SUPPORTED_KINDS) return invalid('too many supported kinds')
  const gateways = gatewaysOf(event)
  if (gateways === null) return invalid('a gateway is named by its key, 64 hex digits')
  if (gateways.length > GATEWAYS) return invalid(`at most ${GATEWAYS} gateways`)
  if (tagValue(event, 'copies') !== undefined && copiesOf(event) === null) {
    return invalid(`the copies of a file are a number from 1 to ${COPIES}`)
  }
  return null
}

/** How many copies of each file a 9002 asks for; null when it says nothing, or nothing sensible. */
export function copiesOf(event: NostrEvent): number | null {
  const said = tagValue(event, 'copies')
  if (said === undefined || !/^[1-9][0-9]?$/.test(said)) return null
  return Number(said)
}

/** The keys of the gateways that a 9002 lists, each once; null when one is no key. */
export function gatewaysOf(event: NostrEvent): string[] | null {
  const keys = new Set<string>()
  for (const [name, key] of event.tags) {
    if (name !== 'gateway') continue
    if (!isHex32(key)) return null
    keys.add(key)
  }
  return [...keys]
}

export function judgePins(event: NostrEvent): Rejection | null {
  const pins = pinsOf(event)
  return pins.length <= PINS ? null : invalid(`at most ${PINS} pins`)
}

/** The references of a list of pins, without hints. */
export function pinsOf(event: NostrEvent): string[][] {
  const pins: string[][] = []
  for (const [name = '', value = ''] of event.tags) {
    const isEvent = name === 'e' && isHex32(value)
    const isAddress = name === 'a' && /^\d{1,5}:[0-9a-f]{64}:.{0,256}$/.test(value)
    if (isEvent || isAddress) pins.push([name, value])
  }
  return pins
}
