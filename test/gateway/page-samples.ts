/** Prints pages of the gateway as JSON, `[name, html]` each: made on Bare, looked at elsewhere. */
import { makeFilePage } from '../../gateway/pages/file-page.ts'
import { makeGroupPage } from '../../gateway/pages/group-page.ts'
import { makeErrorPage, type Page } from '../../gateway/pages/layout.ts'
import type { PublishedFile } from '../../gateway/relay-description.ts'
import type { FileRecord } from '../../protocol/file-event.ts'

const publicIdentifier = 'npub1example:holidays'

const files = ['image/png', 'video/mp4', 'audio/ogg', 'text/plain', null].map((mime, i) => {
  const hash = String(i).repeat(64)
  const name = i === 4 ? null : `Ünï <b>${i}</b>`
  const record = { hash, url: null, mime, size: 10 ** i, name, path: null, piecesRoot: null }
  const told = { record, at: 1_700_000_000 + i, author: '', event: null }
  return told as unknown as PublishedFile & { record: FileRecord }
})

const description = { name: 'Holidays', about: 'By the sea\nand further' }
const of = { publicIdentifier, description } as Parameters<typeof makeGroupPage>[0]
const pages: [string, Page][] = [
  ['a group', makeGroupPage({ ...of, files, next: 5, isOlder: true })],
  ['an empty group', makeGroupPage({ ...of, files: [], next: null, isOlder: false })],
  ...files.map(({ record }): [string, Page] => [
    String(record.mime),
    makeFilePage({ publicIdentifier, name: 'Holidays', record })
  ]),
  ['an error', makeErrorPage(404, 'There is no such file here')]
]
console.log(JSON.stringify(pages.map(([name, { body }]) => [name, body])))
