import { HypertunaError } from '../../protocol/errors.ts'

/** The part of JSON Schema that pear.config.schema.json speaks. */
export interface Schema {
  readonly type?: string | string[]
  readonly required?: string[]
  readonly properties?: Record<string, Schema>
  readonly additionalProperties?: boolean
  readonly items?: Schema
  readonly pattern?: string
  readonly enum?: unknown[]
  readonly minimum?: number
  readonly maximum?: number
}

/**
 * Holds a value against a schema.
 *
 * @param at how the value is called in a complaint, as `window.width`
 * @throws BAD_CONFIG, naming the first field that is wrong and what is wrong with it
 */
export function checkAgainst(schema: Schema, value: unknown, at: string): void {
  const types = [schema.type ?? []].flat()
  const type = typeOf(value)
  if (!types.includes(type) && !(type === 'integer' && types.includes('number'))) {
    throw wrong(at, `is ${type}, where ${types.join(' or ')} is wanted`)
  }
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    throw wrong(at, `is ${JSON.stringify(value)}, and none of ${JSON.stringify(schema.enum)}`)
  }
  if (typeof value === 'string') checkText(schema, value, at)
  else if (typeof value === 'number') checkNumber(schema, value, at)
  else if (Array.isArray(value)) checkItems(schema, value, at)
  else if (type === 'object') checkFields(schema, value as Record<string, unknown>, at)
}

function checkText({ pattern }: Schema, value: string, at: string): void {
  if (pattern === undefined || new RegExp(pattern).test(value)) return
  throw wrong(at, `is ${JSON.stringify(value)}, which does not fit ${pattern}`)
}

function checkNumber({ minimum, maximum }: Schema, value: number, at: string): void {
  if (minimum !== undefined && value < minimum) throw wrong(at, `is ${value}: at least ${minimum}`)
  if (maximum !== undefined && value > maximum) throw wrong(at, `is ${value}: at most ${maximum}`)
}

function checkItems({ items }: Schema, value: unknown[], at: string): void {
  if (items === undefined) return
  for (const [i, item] of value.entries()) checkAgainst(items, item, `${at}[${i}]`)
}

function checkFields(schema: Schema, value: Record<string, unknown>, at: string): void {
  const name = (field: string): string => (at === '' ? field : `${at}.${field}`)
  for (const field of schema.required ?? []) {
    if (!(field in value)) throw wrong(name(field), 'is missing')
  }
  for (const [field, held] of Object.entries(value)) {
    const known = schema.properties?.[field]
    if (known !== undefined) checkAgainst(known, held, name(field))
    else if (schema.additionalProperties === false) throw wrong(name(field), 'is not known')
  }
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}

function wrong(field: string, what: string): HypertunaError {
  return new HypertunaError('BAD_CONFIG', `pear.config.json: ${field || 'the whole'} ${what}`)
}
