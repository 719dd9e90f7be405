/** A key under a passphrase, as NIP-49 writes it. */
import { HypertunaError } from '../../protocol/errors.ts'
import { hasThreads, threads } from '../threads.ts'

/** What the thread is asked: to lock a key, or to open one. */
export type Job =
  | { secretKey: Uint8Array; ncryptsec: null; passphrase: string }
  | { secretKey: null; ncryptsec: string; passphrase: string }

export interface Answer {
  ncryptsec?: string
  secretKey?: Uint8Array
  wrong?: boolean
}

export const SHORTEST = 8
const LONGEST = 1024
const SHAPE = /^ncryptsec1[02-9ac-hj-np-z]{20,500}$/
const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
/** scrypt's cost that we are ready to pay for somebody else's: 1 GB. */
const MOST_COST = 20

/**
 * @param secretKey 32 bytes
 * @returns `ncryptsec1…`
 * @throws BAD_REQUEST for a passphrase that is too short or too long
 */
export async function sealKey(
  secretKey: Uint8Array,
  passphrase: string,
  signal: AbortSignal
): Promise<string> {
  if (passphrase.length < SHORTEST || passphrase.length > LONGEST) {
    const message = `A passphrase has ${SHORTEST} to ${LONGEST} characters`
    throw new HypertunaError('BAD_REQUEST', message)
  }
  const { ncryptsec } = await ask({ secretKey, ncryptsec: null, passphrase }, signal)
  if (ncryptsec === undefined) throw new HypertunaError('INTERNAL', 'The key could not be locked')
  return ncryptsec
}

/**
 * @returns 32 bytes; null for another passphrase
 * @throws BAD_IDENTITY for what is no key under a passphrase, UNSUPPORTED for one that costs too much
 */
export async function openKey(
  ncryptsec: string,
  passphrase: string,
  signal: AbortSignal
): Promise<Uint8Array | null> {
  if (!SHAPE.test(ncryptsec)) {
    throw new HypertunaError('BAD_IDENTITY', 'A saved key begins with ncryptsec1; copy it whole')
  }
  // The second of its bytes, of which five bits go into each character.
  const [second = 0, third = 0, fourth = 0] = [...ncryptsec.slice(11, 14)].map((character) =>
    ALPHABET.indexOf(character)
  )
  const cost = ((second & 3) << 6) | (third << 1) | (fourth >> 4)
  if (cost > MOST_COST) {
    throw new HypertunaError('UNSUPPORTED', 'This key was locked at a cost beyond this computer')
  }
  const { secretKey } = await ask({ secretKey: null, ncryptsec, passphrase }, signal)
  return secretKey?.byteLength === 32 ? secretKey : null
}

/** One thread for one job, whose memory goes with it; here, where there are no threads. */
async function ask(job: Job, signal: AbortSignal): Promise<Answer> {
  if (!hasThreads()) return (await import('./job.ts')).answer(job)
  const Thread = await threads()
  const thread = new Thread(new URL('./thread.js', import.meta.url))
  return new Promise<Answer>((resolve, reject) => {
    const gone = (): void => reject(new HypertunaError('CANCELLED', 'Hypertuna is closing'))
    signal.addEventListener('abort', gone)
    thread.on('message', (message) => resolve(message as Answer))
    thread.on('error', () => reject(new HypertunaError('INTERNAL', 'The key was not worked on')))
    thread.on('exit', gone)
    if (signal.aborted) return gone()
    thread.postMessage(job)
  }).finally(() => thread.terminate())
}
