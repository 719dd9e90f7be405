import test from 'brittle'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { countWords, hasWords, parseSearch, wordsOf } from '../../protocol/words.ts'

const event = (fields: Partial<NostrEvent>): NostrEvent => ({
  id: 'a'.repeat(64),
  pubkey: 'b'.repeat(64),
  created_at: 1,
  kind: 9,
  tags: [],
  content: '',
  sig: 'c'.repeat(128),
  ...fields
})
const found = (search: string, content: string): boolean =>
  hasWords(parseSearch(search)!, event({ content }))

test('words of any script, whatever the case and the accents', (t) => {
  const texts: [string, string[]][] = [
    ['Hello, world! don’t', ['hello', 'world', 'don', 't']],
    ['Žluťoučký KŮŇ', ['zlutoucky', 'kun']],
    ['Straße STRASSE', ['strasse', 'strasse']],
    ['Łódź Ærø Œuvre ﬁsh', ['lodz', 'aero', 'oeuvre', 'fish']],
    ['ΣΊΣΥΦΟΣ σίσυφος', ['σισυφοσ', 'σισυφοσ']],
    ['İstanbul ısı', ['istanbul', 'isi']],
    ['2026-11-22 v3', ['2026', '11', '22', 'v3']],
    ['日本語', ['日本', '本語', '語']],
    ['猫', ['猫']],
    ['カメラ2台', ['カメ', 'メラ', 'ラ', '2', '台']],
    ['🎉party🎉', ['🎉', 'party', '🎉']],
    ['…!?—', []]
  ]
  for (const [text, words] of texts) t.alike(wordsOf(text), words, text)
  // ASCII alone is read in another way, and means the same.
  const every = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join('Ab')
  t.alike(wordsOf(every), wordsOf(every + ' 猫').slice(0, -1))
  t.is(wordsOf('x'.repeat(500))[0]!.length, 32, 'long ones are cut, in texts and in queries alike')
  t.ok(found('x'.repeat(500), 'x'.repeat(400)))
})

test('all words are needed, and the last may be its beginning', (t) => {
  const text = 'Two kingfishers by the river, photographed at dawn'
  for (const search of ['river', 'RIVER kingfishers', 'dawn king', 'kingf', 'photo']) {
    t.ok(found(search, text), search)
  }
  for (const search of ['king river', 'river otter', 'fishers', 'r', 'dawns', 'photo ']) {
    t.absent(found(search, text), search)
  }
  t.ok(found('한국', '한국어를 배웁니다'), 'the beginning of a word with endings')
  for (const search of ['本', '日本', '本語', '語', '日本語']) t.ok(found(search, '日本語'), search)
  t.absent(found('語日', '日本語'))
})

test('extensions are left out; a query without words is met by nothing', (t) => {
  t.alike(parseSearch('birds language:en include:spam'), { words: ['birds'], prefixes: [] })
  t.ok(found('https://example.com', 'see https://example.com/x'), 'an address is no extension')
  for (const nothing of ['', '  ', 'language:en', 'nsfw:false domain:']) {
    t.is(parseSearch(nothing), null)
  }
  t.absent(found('!!!', 'any !!! text'))
})

test('what of an event is text', (t) => {
  const words = (fields: Partial<NostrEvent>): string[] => [...countWords(event(fields)).keys()]
  const profile = { name: 'Mara', display_name: 'Mara K.', picture: 'https://x.example', about: 7 }
  t.alike(words({ kind: 0, content: JSON.stringify(profile) }), ['mara', 'k'])
  t.alike(words({ kind: 0, content: 'not JSON' }), [])
  const imeta = ['imeta', 'url https://x.example/abc', 'name Take one.flac', 'alt A wren', 'x ff']
  t.alike(words({ tags: [imeta, ['x', 'y']] }), ['take', 'one', 'flac', 'a', 'wren'])
  t.alike(
    words({
      kind: 39000,
      tags: [
        ['name', 'Field notes'],
        ['picture', 'z']
      ]
    }),
    ['field', 'notes']
  )
  t.alike(words({ kind: 1059, content: 'sealed' }), [])
})
