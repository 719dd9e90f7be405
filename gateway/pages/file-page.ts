import type { FileRecord } from '../../protocol/file-event.ts'
import { markup, type Html } from './html.ts'
import { kindOf, linksOf, makePage, sizeText, titleOf, type Page } from './layout.ts'

/** Pictures larger than this are loaded when they are asked for, in bytes. */
const MAX_SHOWN = 30_000_000

/** One file of a public group. */
export function makeFilePage(options: {
  publicIdentifier: string
  /** The group's. */
  name: string
  record: FileRecord
}): Page {
  const { publicIdentifier, name, record } = options
  const { bytes, download } = linksOf(publicIdentifier, record)
  const { mime, size, hash, alt, dim } = record
  const title = titleOf(record)
  const content = markup`<p>
      <a href="/${publicIdentifier}"><bdi>${name}</bdi></a>
    </p>
    <h1><bdi>${title}</bdi></h1>
    ${preview(record, bytes, title)}
    <p>
      <a class="button" href="${download}">Download</a> <span class="muted">${sizeText(size)}</span>
    </p>
    <dl>
      <dt>Type</dt>
      <dd>${mime ?? 'unknown'}</dd>
      ${
        dim === undefined
          ? null
          : markup`<dt>Dimensions</dt>
              <dd>${dim.replace('x', ' × ')}</dd>`
      }
      ${
        alt === undefined
          ? null
          : markup`<dt>Description</dt>
              <dd><bdi>${alt}</bdi></dd>`
      }
      <dt>SHA-256</dt>
      <dd>${hash}</dd>
    </dl>`
  return makePage(`${title} · ${name}`, content)
}

function preview({ mime, size, alt }: FileRecord, bytes: string, title: string): Html | null {
  switch (kindOf(mime)) {
    case 'image':
      if (size > MAX_SHOWN) return null
      return markup`<div class="whole">
        <a href="${bytes}"><img src="${bytes}" alt="${alt ?? title}" /></a>
      </div>`
    case 'video':
      return markup`<div class="whole">
        <video controls preload="metadata" aria-label="${title}" src="${bytes}"></video>
      </div>`
    case 'audio':
      return markup`<div class="whole"><audio controls preload="none" aria-label="${title}" src="${bytes}"></audio></div>`
    case 'text':
      return markup`<p><a href="${bytes}">Read it</a></p>`
    default:
      return null
  }
}
