/** What is piped in: a secret, or the bytes of a file. */
import { createWriteStream } from 'bare-fs'
import { mkdtemp, rm } from 'bare-fs/promises'
import { tmpdir } from 'bare-os'
import { join } from 'bare-path'
import process from 'bare-process'
import { pipelinePromise } from 'streamx'
import type { Readable, Writable } from 'streamx'

import { HypertunaError } from '../../protocol/errors.ts'
import { diskFailure } from './disk-failure.ts'
import type { Call } from './verb.ts'

const MOST = 16 * 1024

/**
 * What is piped in, without the space around it: a secret on the command line could
 * be read by every program of this computer.
 * @throws USAGE for more than 16 KiB
 */
export function readStdin(): Promise<string> {
  const stdin = process.stdin as unknown as Readable
  return new Promise((resolve, reject) => {
    let text = ''
    stdin.on('data', (chunk: unknown) => {
      text += String(chunk)
      if (text.length > MOST) {
        reject(new HypertunaError('USAGE', 'That is too long: nothing was read'))
      }
    })
    // Not until it closes: a socket, which a program may have given us, stays open to be written.
    stdin.on('end', () => resolve(text.trim()))
    stdin.on('error', reject)
  })
}

/**
 * Standard input as a file for the worker, which wants to know how long it is. Only we
 * can read it, and it goes when the command ends.
 * @throws STORAGE_*
 */
export async function spoolStdin({
  onstop
}: Call): Promise<{ path: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'hypertuna-put-')) // 0700
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  onstop(remove)
  const path = join(folder, 'stdin')
  try {
    const file = createWriteStream(path, { mode: 0o600 }) as unknown as Writable
    await pipelinePromise(process.stdin as unknown as Readable, file)
    return { path, remove }
  } catch (err) {
    await remove()
    throw diskFailure(err, `Standard input, on its way through ${folder},`)
  }
}
