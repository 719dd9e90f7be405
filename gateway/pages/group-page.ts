import type { RelayDescription } from '../../protocol/relay-information.ts'
import type { PublishedFile } from '../relay-description.ts'
import { markup, type Html } from './html.ts'
import { dayOf, kindOf, linksOf, makePage, sizeText, titleOf, type Page } from './layout.ts'

/** Pictures larger than this are not loaded for a list, in bytes. */
const MAX_PREVIEW = 3_000_000

/** A public group: what it says of itself, and its files, newest first. */
export function makeGroupPage(options: {
  publicIdentifier: string
  description: RelayDescription
  files: PublishedFile[]
  /** From where on the older ones are; null when these were all. */
  next: number | null
  /** Whether these are not the newest. */
  isOlder: boolean
}): Page {
  const { publicIdentifier, description, files, next, isOlder } = options
  const { name, about } = description
  const path = `/${publicIdentifier}`
  const list = files.map((file) => item(publicIdentifier, file))
  const content = markup`<h1><bdi>${name}</bdi></h1>
    ${about === '' ? null : markup`<p class="about"><bdi>${about}</bdi></p>`}
    <p class="muted">Files that members of this group share with everybody.</p>
    ${
      list.length === 0
        ? markup`<p>There are no ${isOlder ? 'older ' : ''}files here.</p>`
        : markup`<ul>
            ${list}
          </ul>`
    }
    <nav>
      ${isOlder ? markup`<a class="quiet" href="${path}">Newest files</a> ` : null}
      ${next === null ? null : markup`<a class="quiet" rel="next" href="${path}?until=${next}">Older files</a>`}
    </nav>`
  return makePage(name, content)
}

function item(publicIdentifier: string, { record, at }: PublishedFile): Html {
  const { bytes, download, page } = linksOf(publicIdentifier, record)
  const { mime, size, alt } = record
  const title = titleOf(record)
  const kind = kindOf(mime)
  const shown = kind === 'image' && size !== null && size <= MAX_PREVIEW
  const preview = shown
    ? markup`<img src="${bytes}" alt="${alt ?? ''}" loading="lazy" decoding="async" />`
    : markup`<span>${kind}</span>`
  return markup`<li>
    <a class="preview" href="${page}" tabindex="-1" aria-hidden="true">${preview}</a>
    <div class="facts">
      <a class="name" href="${page}"><bdi>${title}</bdi></a>
      <span class="muted">${size === null ? null : sizeText(size) + ' · '}${dayOf(at)}</span>
      <a class="quiet" href="${download}" aria-label="Download ${title}">Download</a>
    </div>
  </li> `
}
