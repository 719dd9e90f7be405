import type { SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { withFrame } from '../intake/film-frame.ts'
import { isModestPdf, withFirstPage } from '../intake/pdf-page.ts'
import { smallWebp, webpOf } from '../intake/small-picture.ts'
import { previewOf, type PreviewKind } from './media.ts'

/** Pixels of the longer side: sharp in a message and in the gallery on a dense screen */
const SIDE = 720
/** Larger pictures are not brought here only for a small one */
const LARGEST = 48 * 1024 * 1024
const AT_ONCE = 3
const KEPT = 400
const PATIENCE = 30_000

/** Somebody who waits for a small picture. */
interface Wish {
  file: SharedFile
  url: string
  tell: Set<(address: string | null) => void>
}

/**
 * Small pictures of files that are here, made by the page and kept while it is open. What is
 * wanted last is made first, and what has scrolled out of sight meanwhile is not made at all.
 */
class Thumbs {
  readonly #made = new Map<string, string | null>()
  readonly #wishes = new Map<string, Wish>()
  #running = 0

  /** The address of a small picture, null where none can be made, undefined while none is made. */
  get(hash: string): string | null | undefined {
    const known = this.#made.get(hash)
    if (known === undefined) return undefined
    this.#made.delete(hash)
    this.#made.set(hash, known)
    return known
  }

  /** Calls `tell` once with the address, unless the returned function was called before. */
  want(file: SharedFile, url: string, tell: (address: string | null) => void): () => void {
    const wish = this.#wishes.get(file.hash) ?? { file, url, tell: new Set() }
    wish.tell.add(tell)
    this.#wishes.delete(file.hash)
    this.#wishes.set(file.hash, wish)
    this.#next()
    return () => {
      wish.tell.delete(tell)
      if (wish.tell.size === 0 && !this.#making.has(file.hash)) this.#wishes.delete(file.hash)
    }
  }

  readonly #making = new Set<string>()

  #next(): void {
    if (this.#running >= AT_ONCE) return
    const wish = [...this.#wishes.values()].findLast(({ file }) => !this.#making.has(file.hash))
    if (wish === undefined) return
    this.#running++
    this.#making.add(wish.file.hash)
    void make(wish.file, wish.url).then((address) => this.#done(wish, address))
  }

  #done(wish: Wish, address: string | null): void {
    const { hash } = wish.file
    this.#running--
    this.#making.delete(hash)
    this.#wishes.delete(hash)
    this.#made.set(hash, address)
    if (this.#made.size > KEPT) this.#forgetOldest()
    for (const tell of wish.tell) tell(address)
    this.#next()
  }

  #forgetOldest(): void {
    const [oldest] = this.#made
    if (oldest === undefined) return
    this.#made.delete(oldest[0])
    if (oldest[1] !== null) URL.revokeObjectURL(oldest[1])
  }
}

export const thumbs = new Thumbs()

export function hasThumb(file: SharedFile): boolean {
  const kind = previewOf(file.mime)
  if (kind === 'pdf') return isModestPdf(file)
  return (kind === 'image' && file.size <= LARGEST) || kind === 'video'
}

async function make(file: SharedFile, url: string): Promise<string | null> {
  try {
    const signal = AbortSignal.timeout(PATIENCE)
    const blob = await makers[previewOf(file.mime) ?? 'image']?.(url, signal)
    return blob === null || blob === undefined ? null : URL.createObjectURL(blob)
  } catch {
    return null // not what its type says, or cut off: the icon of its kind stays
  }
}

type Maker = (url: string, signal: AbortSignal) => Promise<Blob | null>

const makers: Partial<Record<PreviewKind, Maker>> = {
  image: smallOf,
  video: (url, signal) => withFrame(url, signal, (frame, size) => webpOf(frame, size, SIDE)),
  async pdf(url, signal) {
    const answer = await fetch(url, { signal })
    if (!answer.ok) return null
    return withFirstPage(await answer.blob(), signal, ({ canvas, width, height }) =>
      webpOf(canvas, { width, height }, SIDE)
    )
  }
}

async function smallOf(url: string, signal: AbortSignal): Promise<Blob | null> {
  const answer = await fetch(url, { signal })
  if (!answer.ok) return null
  return smallWebp(await answer.blob(), SIDE)
}
