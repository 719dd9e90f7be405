import type { PdfPage } from './pdf-reader.ts'

/** Larger ones are not read: all of one is in memory while it is */
const MOST_BYTES = 32 * 1024 * 1024
/** How long one may take, in ms */
const PATIENCE = 8000

export function isModestPdf({ size }: { size: number }): boolean {
  return size <= MOST_BYTES
}

let turn: Promise<unknown> = Promise.resolve()

/**
 * Gives a PDF's first page to `use`. What reads PDFs is larger than the rest of the app and comes
 * with the first of them; one is read at a time.
 * @throws when it is too large, no PDF, locked, broken, or takes too long
 */
export function withFirstPage<T>(
  file: Blob,
  signal: AbortSignal,
  use: (page: PdfPage) => T | Promise<T>
): Promise<T> {
  const job = turn.then(async () => {
    if (!isModestPdf(file)) throw new Error('It is too large')
    signal.throwIfAborted()
    const { drawFirstPage } = await import('./pdf-reader.ts')
    const until = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)])
    return use(await drawFirstPage(await file.arrayBuffer(), until))
  })
  turn = job.catch(() => {}) // who asked hears of it
  return job
}
