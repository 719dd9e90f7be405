import { sha256 } from '@noble/hashes/sha2.js'

/**
 * Hashes one file off the page's thread, chunk by chunk: WebCrypto has no streaming sha256, and a
 * file is never held whole. Cancelling is ending this worker.
 */
export type HashReport =
  | { kind: 'progress'; done: number }
  | { kind: 'hash'; hash: string }
  | { kind: 'unreadable'; reason: string }

const REPORT_EVERY = 4 * 1024 * 1024

self.onmessage = async ({ data: file }: MessageEvent<File>) => {
  const report = (message: HashReport) => self.postMessage(message)
  try {
    const hasher = sha256.create()
    const reader = file.stream().getReader()
    let done = 0
    let reported = 0
    for (;;) {
      const next = await reader.read()
      if (next.done) break
      hasher.update(next.value)
      done += next.value.byteLength
      if (done - reported < REPORT_EVERY) continue
      reported = done
      report({ kind: 'progress', done })
    }
    const bytes = hasher.digest()
    const hash = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
    report({ kind: 'hash', hash })
  } catch (error) {
    report({ kind: 'unreadable', reason: error instanceof Error ? error.message : String(error) })
  }
}
