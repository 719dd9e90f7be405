import type { Writable } from 'streamx'

interface Printing {
  readonly stdout: unknown
  readonly stderr: unknown
}

/**
 * Keeps a program going when nobody reads what it prints any more: a terminal that was
 * closed, `| head`, a collector of logs that ended. Without a listener the first line
 * after that would end the process in the middle of what it writes to the disk. What is
 * printed from then on is lost, as nobody is there to be told.
 */
export function outliveReaders({ stdout, stderr }: Printing): void {
  for (const stream of [stdout, stderr]) (stream as Writable).on('error', () => {})
}
