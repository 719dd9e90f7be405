import { HypertunaError } from './errors.ts'

export interface NostrEvent {
  id: string
  pubkey: string
  created_at: number
  kind: number
  tags: string[][]
  content: string
  sig: string
}

export type EventTemplate = Omit<NostrEvent, 'id' | 'pubkey' | 'sig'>

export function generateSecretKey(): Uint8Array {
  throw soon()
}

export function getPublicKey(_secretKey: Uint8Array): string {
  throw soon()
}

export function signEvent(_template: EventTemplate, _secretKey: Uint8Array): NostrEvent {
  throw soon()
}

export function verifyEvent(_event: NostrEvent): boolean {
  throw soon()
}

export function signMessage(_bytes: Uint8Array, _secretKey: Uint8Array): Uint8Array {
  throw soon()
}

export function verifyMessage(_bytes: Uint8Array, _sig: Uint8Array, _pubkey: string): boolean {
  throw soon()
}

export function sealTo(_secretKey: Uint8Array, _recipient: string, _text: string): string {
  throw soon()
}

export function unseal(_secretKey: Uint8Array, _sender: string, _payload: string): string {
  throw soon()
}

export function tagValue(event: Pick<NostrEvent, 'tags'>, name: string): string | undefined {
  return event.tags.find((tag) => tag[0] === name)?.[1]
}

export function tagValues(event: Pick<NostrEvent, 'tags'>, name: string): string[] {
  return event.tags.flatMap((tag) => (tag[0] === name && tag[1] !== undefined ? [tag[1]] : []))
}

export function isNostrEvent(_value: unknown): _value is NostrEvent {
  throw soon()
}

function soon(): HypertunaError {
  return new HypertunaError('INTERNAL', 'Not there yet')
}
