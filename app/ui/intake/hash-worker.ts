import { sha256 } from '@noble/hashes/sha2.js'

/**
 * Hashes one file off the page's thread, chunk by chunk: WebCrypto has no streaming sha256, and a
 * file is never held whole. Cancelling is ending this worker. It is sent the file, and whenever
 * it is sent anything else, it makes way for a moment.
 */
export type HashReport =
  | { kind: 'progress'; done: number }
  | { kind: 'hash'; hash: string }
  | { kind: 'unreadable'; reason: string }

const REPORT_EVERY = 4 * 1024 * 1024
/** While it makes way, it rests after so many bytes, for so many ms */
const BLOCK = 1024 * 1024
const REST = 100
/** How long it makes way when it was asked to, in ms */
const MOMENT = 250

let makeWayUntil = -Infinity

const { port1, port2 } = new MessageChannel()

/** Hears what was sent: as long as bytes are there, reading them leaves no time for it. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    port1.onmessage = () => resolve()
    port2.postMessage(null)
  })
}

function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, REST))
}

self.onmessage = ({ data }: MessageEvent<File | null>) => {
  if (data === null) makeWayUntil = performance.now() + MOMENT
  else void hash(data)
}

async function hash(file: File): Promise<void> {
  const report = (message: HashReport) => self.postMessage(message)
  try {
    const hasher = sha256.create()
    const reader = file.stream().getReader()
    let done = 0
    let reported = 0
    let rested = 0
    for (;;) {
      const next = await reader.read()
      if (next.done) break
      hasher.update(next.value)
      done += next.value.byteLength
      if (done - rested >= BLOCK) {
        rested = done
        await turn()
        if (performance.now() < makeWayUntil) await rest()
      }
      if (done - reported < REPORT_EVERY) continue
      reported = done
      report({ kind: 'progress', done })
    }
    const bytes = hasher.digest()
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
    report({ kind: 'hash', hash: hex })
  } catch (error) {
    report({ kind: 'unreadable', reason: error instanceof Error ? error.message : String(error) })
  }
}
