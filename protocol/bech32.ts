/**
 * Bech32 (BIP-173) of 32-byte keys, which is how NIP-19 writes a public key.
 *
 * Our own forty lines, because identifiers are read in the browser, in Node and
 * in Bare alike, and the library's module needs globals that Bare lacks.
 */
import { HypertunaError } from './errors.ts'

const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]
const CHECKSUM = 6
const KEY_WORDS = 52 // 32 bytes in groups of five bits, the last padded with zeros

/**
 * A key as `<prefix>1…`.
 *
 * @param hex - 64 lowercase hex
 */
export function encodeKey(prefix: string, hex: string): string {
  const words: number[] = []
  let held = 0
  let bits = 0
  for (let i = 0; i < 64; i += 2) {
    held = ((held << 8) | parseInt(hex.slice(i, i + 2), 16)) & 0xfff
    for (bits += 8; bits >= 5; bits -= 5) words.push((held >> (bits - 5)) & 31)
  }
  words.push((held << (5 - bits)) & 31)
  const sum = polymod([...expand(prefix), ...words, 0, 0, 0, 0, 0, 0]) ^ 1
  for (let i = 0; i < CHECKSUM; i++) words.push((sum >>> (5 * (5 - i))) & 31)
  return `${prefix}1${words.map((word) => ALPHABET[word]).join('')}`
}

/**
 * The key in `<prefix>1…`, as 64 lowercase hex.
 *
 * @throws {HypertunaError} BAD_REQUEST for another prefix, length or alphabet, or a wrong checksum
 */
export function decodeKey(prefix: string, text: string): string {
  const start = prefix.length + 1
  if (text.length !== start + KEY_WORDS + CHECKSUM || !text.startsWith(`${prefix}1`)) {
    throw new HypertunaError('BAD_REQUEST', `A ${prefix} has ${start + 58} characters: ${prefix}1…`)
  }
  const words = Array.from(text.slice(start), (char) => ALPHABET.indexOf(char))
  const misspelt = words.includes(-1) || polymod([...expand(prefix), ...words]) !== 1
  let hex = ''
  let held = 0
  let bits = 0
  for (const word of words.slice(0, KEY_WORDS)) {
    held = ((held << 5) | word) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    hex += ((held >> bits) & 255).toString(16).padStart(2, '0')
  }
  if (misspelt || (held & ((1 << bits) - 1)) !== 0) {
    throw new HypertunaError('BAD_REQUEST', `This ${prefix} is misspelt; copy it again`)
  }
  return hex
}

function expand(prefix: string): number[] {
  const codes = Array.from(prefix, (char) => char.charCodeAt(0))
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)]
}

function polymod(words: number[]): number {
  let sum = 1
  for (const word of words) {
    const top = sum >>> 25
    sum = ((sum & 0x1ffffff) << 5) ^ word
    GENERATOR.forEach((term, bit) => {
      if ((top >> bit) & 1) sum ^= term
    })
  }
  return sum >>> 0
}
