import * as ids from 'hypercore-id-encoding'

import { HypertunaError } from '../protocol/errors.ts'
import { LOWEST_PORT } from '../protocol/lane.ts'

/** What the worker knows about one relay it belongs to. */
export interface RelayEntry {
  relayKey: string
  publicIdentifier: string
  name: string
  access: 'open' | 'closed' | 'private'
  autoConnect: boolean
  keep: 'all' | 'on-demand'
  /** Seconds since 1970. */
  joinedAt: number
  /** Where the relay's view is signed, as far as we knew: for a store that was lost. */
  systemKey?: string | null
  /** Bytes that its files may have on this device; null for any number. */
  quotaBytes?: number | null
  /** Copies that this device wants of each file, where the group's admins have not said. */
  copies?: number
}

/** A folder of this computer that is kept in step with a relay. */
export interface FolderEntry {
  /** Of this link, 32 hex; the marker in the folder says it too. */
  id: string
  relayKey: string
  path: string
}

/** What the worker may use of the connection; null for as much as there is. */
export interface Limits {
  /** Bytes per second, of files that are fetched. */
  down: number | null
  /** Bytes per second, of files that are served to members and gateways. */
  up: number | null
  /** Large files that are fetched at once. */
  concurrent: number | null
}

/** The contents of `relay-config.json`, version 1. */
export interface RelayConfig {
  version: 1
  driveKey: string | null
  /** The drive's last known version, to notice a lost or restored store. */
  driveVersion: number
  swarmPublicKey: string | null
  nostrPubkey: string | null
  /** When its person last said that the key is saved elsewhere, in seconds since 1970. */
  backedUpAt: number | null
  localPort: number
  /** URLs to make links for. */
  gateways: string[]
  quotaBytes: number | null
  limits: Limits
  /** Keys of blind peers that may keep the cores of our groups and drive, as they print them or as hex. */
  blindPeers: string[]
  /** Whether members who reach each other by TCP may move files that way. */
  bulkLane: boolean
  /** The port at which it is offered; 0 for any that is free. */
  bulkLanePort: number
  relays: RelayEntry[]
  folders: FolderEntry[]
}

/** A test of one value, and what to say when it fails. */
type Rule = [test: (value: unknown) => boolean, must: string]

/** Below it, whoever waits for a byte takes us for gone; bytes per second. */
const LOWEST_LIMIT = 64 * 1024

const HEX_KEY = /^[0-9a-f]{64}$/
const isText = (value: unknown): boolean => typeof value === 'string'
const isKey = (value: unknown): boolean => typeof value === 'string' && HEX_KEY.test(value)
/** Blind peers at most: each of them gets everything. */
export const BLIND_PEERS = 8
/** As blind peers print theirs (z-base-32), or as hex. */
const isPeerKey = (value: unknown): boolean => typeof value === 'string' && ids.isValid(value)
const isKeys = (value: unknown): boolean =>
  Array.isArray(value) && value.length <= BLIND_PEERS && value.every(isPeerKey)
const isCopies = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 99
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0
const oneOf = (...words: string[]): Rule => [
  (value) => typeof value === 'string' && words.includes(value),
  `must be one of ${words.join(', ')}`
]

const KEY: Rule = [isKey, 'must be 64 lowercase hex digits']
const KEY_OR_NULL: Rule = [(v) => v === null || isKey(v), 'must be 64 lowercase hex digits or null']
const COUNT: Rule = [isCount, 'must be a whole number, 0 or more']
const PORT: Rule = [(v) => isCount(v) && (v as number) <= 65535, 'must be a port, 0 to 65535']
const COUNT_OR_NULL: Rule = [(v) => v === null || isCount(v), 'must be a number of bytes or null']

const FIELDS: Record<keyof RelayConfig, Rule> = {
  version: [(value) => value === 1, 'must be 1'],
  driveKey: KEY_OR_NULL,
  driveVersion: COUNT,
  swarmPublicKey: KEY_OR_NULL,
  nostrPubkey: KEY_OR_NULL,
  backedUpAt: [(v) => v === null || isCount(v), 'must be a number of seconds or null'],
  localPort: PORT,
  gateways: [Array.isArray, 'must be a list of URLs'],
  quotaBytes: COUNT_OR_NULL,
  limits: [(v) => typeof v === 'object' && v !== null, 'must be an object'],
  blindPeers: [
    isKeys,
    `must be a list of at most ${BLIND_PEERS} keys, as blind peers print them or as hex`
  ],
  bulkLane: [(value) => typeof value === 'boolean', 'must be true or false'],
  bulkLanePort: [
    (v) => v === 0 || (isCount(v) && (v as number) >= LOWEST_PORT && (v as number) <= 65535),
    'must be 0, or a port from 1024 to 65535'
  ],
  relays: [Array.isArray, 'must be a list of relays'],
  folders: [Array.isArray, 'must be a list of folders']
}

const FOLDER_FIELDS: Record<keyof FolderEntry, Rule> = {
  id: [(v) => typeof v === 'string' && /^[0-9a-f]{32}$/.test(v), 'must be 32 lowercase hex digits'],
  relayKey: KEY,
  path: [(v) => typeof v === 'string' && v !== '', 'must be the path of a folder']
}

const RELAY_FIELDS: Record<keyof RelayEntry, Rule> = {
  relayKey: KEY,
  publicIdentifier: [isText, 'must be text'],
  name: [isText, 'must be text'],
  access: oneOf('open', 'closed', 'private'),
  autoConnect: [(value) => typeof value === 'boolean', 'must be true or false'],
  keep: oneOf('all', 'on-demand'),
  joinedAt: COUNT,
  systemKey: KEY_OR_NULL,
  quotaBytes: COUNT_OR_NULL,
  copies: [(v) => v === undefined || isCopies(v), 'must be a number from 1 to 99']
}

/** What an entry of before lacks. */
const RELAY_DEFAULTS = { systemKey: null, quotaBytes: null, copies: undefined }

const RATE: Rule = [
  (v) => v === null || (isCount(v) && (v as number) >= LOWEST_LIMIT),
  `must be a number of bytes per second, ${LOWEST_LIMIT} or more, or null`
]

const LIMIT_FIELDS: Record<keyof Limits, Rule> = {
  down: RATE,
  up: RATE,
  concurrent: [
    (v) => v === null || (isCount(v) && (v as number) >= 1 && (v as number) <= 32),
    'must be a number from 1 to 32, or null'
  ]
}

const GATEWAY: Rule = [
  isGateway,
  'must be an http or https URL without a user, a query or a fragment'
]

/** What a new storage starts with. */
export function defaultConfig(): RelayConfig {
  return {
    version: 1,
    driveKey: null,
    driveVersion: 0,
    swarmPublicKey: null,
    nostrPubkey: null,
    backedUpAt: null,
    localPort: 1945,
    gateways: [],
    quotaBytes: null,
    limits: { down: null, up: null, concurrent: null },
    blindPeers: [],
    bulkLane: true,
    bulkLanePort: 0,
    relays: [],
    folders: []
  }
}

/**
 * `value` as a configuration. A field that is left out has its default (but for
 * `version`); a relay has no defaults.
 *
 * @param path the file's, for the message
 * @throws BAD_CONFIG whose `details.field` is the path of the first wrong or unknown field
 */
export function checkConfig(value: unknown, path: string): RelayConfig {
  const given = asObject(value, 'the whole', path)
  if (!('version' in given)) throw wrong('version', 'is missing', path)
  const config: Record<string, unknown> = { ...defaultConfig(), ...given }
  checkFields(config, FIELDS, '', path)
  const gateways = config.gateways as unknown[]
  gateways.forEach((gateway, i) => checkRule(gateway, GATEWAY, `gateways[${i}]`, path))
  const limits = { ...defaultConfig().limits, ...asObject(config.limits, 'limits', path) }
  checkFields(limits, LIMIT_FIELDS, 'limits.', path)
  config.limits = limits
  const seen = new Set<unknown>()
  for (const [i, relay] of (config.relays as unknown[]).entries()) {
    const field = `relays[${i}]`
    const fields: Record<string, unknown> = { ...RELAY_DEFAULTS, ...asObject(relay, field, path) }
    checkFields(fields, RELAY_FIELDS, field + '.', path)
    if (seen.has(fields.relayKey)) throw wrong(`${field}.relayKey`, 'is there twice', path)
    seen.add(fields.relayKey)
  }
  for (const [i, folder] of (config.folders as unknown[]).entries()) {
    const field = `folders[${i}]`
    checkFields(asObject(folder, field, path), FOLDER_FIELDS, field + '.', path)
  }
  return config as unknown as RelayConfig
}

function checkFields(
  fields: Record<string, unknown>,
  rules: Record<string, Rule>,
  prefix: string,
  path: string
): void {
  for (const name of Object.keys(fields)) {
    if (!Object.hasOwn(rules, name)) throw wrong(prefix + name, 'is not a known field', path)
  }
  for (const [name, rule] of Object.entries(rules)) {
    if (!Object.hasOwn(fields, name)) throw wrong(prefix + name, 'is missing', path)
    checkRule(fields[name], rule, prefix + name, path)
  }
}

function checkRule(value: unknown, [test, must]: Rule, field: string, path: string): void {
  if (!test(value)) throw wrong(field, must, path)
}

function asObject(value: unknown, field: string, path: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>
  }
  throw wrong(field, 'must be an object', path)
}

function isGateway(value: unknown): boolean {
  if (typeof value !== 'string') return false
  const url = URL.parse(value)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return false
  // Links are shown to everybody and get a path appended.
  return url.username === '' && url.password === '' && url.search === '' && url.hash === ''
}

function wrong(field: string, reason: string, path: string): HypertunaError {
  return new HypertunaError('BAD_CONFIG', `${field} ${reason} (in ${path})`, { details: { field } })
}
