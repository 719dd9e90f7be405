import { AnnotationMode, getDocument, PDFWorker } from 'pdfjs-dist'

/** A picture in a PDF of more points is left out */
const MOST_PIXELS = 16_000_000
/** A page is drawn with so many points at most, whatever it says of its size */
const SIDE = 720

/** The first page, drawn. */
export interface PdfPage {
  canvas: OffscreenCanvas
  width: number
  height: number
}

/**
 * Draws a PDF's first page: no scripts, forms, links or fonts of other places, and nothing that
 * is compiled while it runs. What takes longer than `signal` allows is ended with its thread.
 * @throws when it is no PDF, asks for a password, or takes too long
 */
export async function drawFirstPage(bytes: ArrayBuffer, signal: AbortSignal): Promise<PdfPage> {
  const thread = new Worker(new URL('./pdf-worker.ts', import.meta.url), { type: 'module' })
  const worker = PDFWorker.create({ port: thread })
  const reading = getDocument({
    data: bytes,
    worker,
    isEvalSupported: false,
    useWasm: false,
    enableXfa: false,
    stopAtErrors: true,
    maxImageSize: MOST_PIXELS,
    canvasMaxAreaInBytes: SIDE * SIDE * 4 * 4,
    verbosity: 0
  })
  const ended = new Promise<never>((_resolve, reject) => {
    const stop = (): void => reject(new Error('It took too long'))
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
  })
  try {
    return await Promise.race([draw(reading), ended])
  } finally {
    // Its thread first: one that does not answer cannot hold anybody up
    thread.terminate()
    worker.destroy()
    void reading.destroy().catch(() => {}) // it failed already, or nobody wants it any more
  }
}

async function draw({ promise }: ReturnType<typeof getDocument>): Promise<PdfPage> {
  const page = await (await promise).getPage(1)
  const whole = page.getViewport({ scale: 1 })
  const longer = Math.max(whole.width, whole.height)
  if (!(longer > 0 && Number.isFinite(longer))) throw new Error('Its page has no size')
  const viewport = page.getViewport({ scale: SIDE / longer })
  const width = Math.max(1, Math.round(viewport.width))
  const height = Math.max(1, Math.round(viewport.height))
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d')
  if (context === null) throw new Error('There is nothing to draw on')
  await page.render({
    // It draws on either kind, and says so of one
    canvas: null,
    canvasContext: context as unknown as CanvasRenderingContext2D,
    viewport,
    background: 'white',
    annotationMode: AnnotationMode.DISABLE
  }).promise
  return { canvas, width, height }
}
