import process from 'bare-process'
import type { Readable } from 'streamx'

import { HypertunaError } from '../../protocol/errors.ts'

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
