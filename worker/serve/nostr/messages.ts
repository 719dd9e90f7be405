/** The messages of NIP-01, 42, 45 and 77, read from anyone. */
import { HypertunaError } from '../../../protocol/errors.ts'
import { parseFilter } from '../../../protocol/filter.ts'
import type { Filter } from '../../../protocol/filter.ts'
import { idOf } from './auth.ts'
import { MAX_ID } from './limits.ts'

export type ClientMessage =
  | { type: 'EVENT' | 'AUTH'; event: unknown }
  | { type: 'REQ' | 'COUNT'; id: string; filters: unknown[] }
  | { type: 'CLOSE' | 'NEG-CLOSE'; id: string }
  | { type: 'NEG-OPEN'; id: string; filter: unknown; message: unknown }
  | { type: 'NEG-MSG'; id: string; message: unknown }
  /** Nothing that can be answered under an id of its own. */
  | { type: 'garbage'; reason: string }

export function parseMessage(text: string): ClientMessage {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return garbage('not JSON')
  }
  if (!Array.isArray(value) || typeof value[0] !== 'string') return garbage('not a message')
  const [type, second, ...rest] = value as [string, ...unknown[]]
  switch (type) {
    case 'EVENT':
    case 'AUTH':
      return { type, event: second }
    case 'REQ':
    case 'COUNT':
      return isId(second) ? { type, id: second, filters: rest } : wrongId()
    case 'CLOSE':
    case 'NEG-CLOSE':
      return isId(second) ? { type, id: second } : wrongId()
    case 'NEG-OPEN': {
      const [filter, message] = rest
      return isId(second) ? { type, id: second, filter, message } : wrongId()
    }
    case 'NEG-MSG':
      return isId(second) ? { type, id: second, message: rest[0] } : wrongId()
    default:
      return garbage(`${JSON.stringify(type.slice(0, 16))} is not understood here`)
  }
}

/** How a message is refused as a whole, whatever it asks. */
export function refused(message: ClientMessage, reason: string): unknown[] {
  switch (message.type) {
    case 'EVENT':
    case 'AUTH': {
      const id = idOf(message.event)
      return id === null ? ['NOTICE', reason] : ['OK', id, false, reason]
    }
    case 'REQ':
    case 'COUNT':
      return ['CLOSED', message.id, reason]
    case 'NEG-OPEN':
    case 'NEG-MSG':
      return ['NEG-ERR', message.id, reason]
    default:
      return ['NOTICE', reason]
  }
}

/**
 * The filters of a message; or why they are refused, with its prefix.
 */
export function readFilters(values: unknown[], most: number): Filter[] | string {
  if (values.length === 0) return 'invalid: no filter'
  if (values.length > most) return `invalid: more than ${most} filters`
  try {
    return values.map(parseFilter)
  } catch (err) {
    return `invalid: ${HypertunaError.from(err).message}`
  }
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_ID
}

const garbage = (reason: string): ClientMessage => ({ type: 'garbage', reason })
const wrongId = (): ClientMessage =>
  garbage(`a subscription id is a text of 1 to ${MAX_ID} characters`)
