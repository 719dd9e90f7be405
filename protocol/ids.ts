/**
 * The names of things: keys, relays, file names in URLs, links.
 *
 * Imports nothing that a browser lacks; the relay's topic is in `topic.ts`.
 */
import { decodeKey, encodeKey } from './bech32.ts'
import { HypertunaError } from './errors.ts'
import { extensionOf, mimeExtension } from './mime.ts'

/** 64 lowercase hex: a relayKey, a driveKey, a swarm key, a Nostr pubkey or a file hash. */
export type Hex32 = string

export interface PublicIdentifier {
  /** `npub1…:alias` */
  publicIdentifier: string
  npub: string
  /** the creator's, 64 hex */
  pubkey: Hex32
  alias: string
}

export interface FileName {
  hash: Hex32
  /** lowercase, without its dot; a hint and no more */
  ext: string | null
}

const HEX32 = /^[0-9a-f]{64}$/
const ALIAS = /^[a-z0-9][a-z0-9-]{0,62}$/
const IDENTIFIER = /^(npub1[a-z0-9]{58})(?::|%3[aA]|\/)([^:/%]{1,63})$/
const FILE_NAME = /^([0-9a-f]{64})(?:\.([A-Za-z0-9]{1,16}(?:\.[A-Za-z0-9]{1,16})?))?$/
const MAX_ALIAS = 63

export function isHex32(value: unknown): value is Hex32 {
  return typeof value === 'string' && HEX32.test(value)
}

/** Whether `value` can name a relay: `[a-z0-9][a-z0-9-]{0,62}`. */
export function isAlias(value: unknown): value is string {
  return typeof value === 'string' && ALIAS.test(value)
}

/**
 * An alias made from a display name: "Été à Zürich!" → `ete-a-zurich`. A name
 * without a single letter or digit of the alphabet becomes `group`.
 */
export function aliasFrom(name: string): string {
  const slug = name
    .slice(0, 1024)
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, MAX_ALIAS)
    .replace(/-+$/, '')
  return slug === '' ? 'group' : slug
}

/**
 * Reads `npub1…:alias`, also as a URL has it (`%3A`, or `/` for the colon).
 *
 * @throws {HypertunaError} BAD_REQUEST
 */
export function parsePublicIdentifier(text: string): PublicIdentifier {
  const [, npub, alias] = (typeof text === 'string' && IDENTIFIER.exec(text)) || []
  if (npub === undefined || !isAlias(alias)) {
    throw new HypertunaError(
      'BAD_REQUEST',
      'A relay is named npub1…:alias, its alias of a-z, 0-9 and hyphens, at most 63 long'
    )
  }
  return { publicIdentifier: `${npub}:${alias}`, npub, pubkey: decodeKey('npub', npub), alias }
}

/**
 * `npub1…:alias` for a creator's pubkey (64 hex).
 *
 * @throws {HypertunaError} BAD_REQUEST
 */
export function formatPublicIdentifier(pubkey: Hex32, alias: string): string {
  if (!isAlias(alias)) {
    throw new HypertunaError(
      'BAD_REQUEST',
      'An alias has a-z, 0-9 and hyphens, begins with a letter or digit, and is at most 63 long'
    )
  }
  return `${npubOf(pubkey)}:${alias}`
}

/**
 * A pubkey (64 hex) as people pass it on, `npub1…`.
 *
 * @throws {HypertunaError} BAD_REQUEST
 */
export function npubOf(pubkey: Hex32): string {
  if (!isHex32(pubkey)) {
    throw new HypertunaError('BAD_REQUEST', 'A public key has 64 lowercase hex digits')
  }
  return encodeKey('npub', pubkey)
}

/**
 * Reads the last part of a file's URL, `<hash>` or `<hash>.<ext>`.
 *
 * @throws {HypertunaError} BAD_REQUEST
 */
export function parseFileName(text: string): FileName {
  const [, hash, ext] = (typeof text === 'string' && FILE_NAME.exec(text)) || []
  if (hash === undefined) {
    throw new HypertunaError(
      'BAD_REQUEST',
      'A file is named by its sha256, 64 lowercase hex digits, with or without an extension'
    )
  }
  return { hash, ext: ext === undefined ? null : ext.toLowerCase() }
}

/** The extension for a link: the name's own where it has a plain one, else the usual one of the type. */
export function extensionFor(mime: string | null, name: string | null): string | null {
  return (name === null ? null : extensionOf(name)) ?? mimeExtension(mime)
}

/**
 * A file's link: `<base>/drive/<id>/<hash>.<ext>`, or without a gateway
 * `hypertuna://<id>/<hash>.<ext>`.
 *
 * @param base - a gateway's URL, or null
 */
export function fileLink(
  base: string | null,
  publicIdentifier: string,
  hash: Hex32,
  ext: string | null
): string {
  const file = ext === null ? hash : `${hash}.${ext}`
  if (base === null) return `hypertuna://${publicIdentifier}/${file}`
  return `${base.replace(/\/+$/, '')}/drive/${publicIdentifier}/${file}`
}
