/** How large pictures are, by their first bytes: nobody decodes one that is too large. */
import test from 'brittle'

import { imageSize } from '../../app/ui/intake/image-size.ts'

const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === 'string' ? [...part].map((letter) => letter.charCodeAt(0)) : part
    )
  )
const zeros = (count: number): number[] => Array.from({ length: count }, () => 0)
const u32 = (value: number): number[] => [24, 16, 8, 0].map((by) => (value >>> by) & 255)
const le32 = (value: number): number[] => u32(value).reverse()

test('each kind of picture says how large it is', (t) => {
  const png = bytes([0x89], 'PNG\r\n\x1a\n', u32(13), 'IHDR', u32(30_000), u32(20_000))
  t.alike(imageSize(png), { width: 30_000, height: 20_000 })
  t.alike(imageSize(bytes('GIF89a', [64, 1, 240, 0])), { width: 320, height: 240 })
  const bmp = bytes('BM', zeros(16), le32(640), le32(-480))
  t.alike(imageSize(bmp), { width: 640, height: 480 }, 'a BMP may stand on its head')
  const vp8x = bytes('RIFF', zeros(4), 'WEBPVP8X', zeros(8), [0xff, 3, 0, 0xff, 1, 0])
  t.alike(imageSize(vp8x), { width: 1024, height: 512 })
  const lossless = 99 | (49 << 14)
  const vp8l = bytes('RIFF', zeros(4), 'WEBPVP8L', zeros(4), [0x2f], le32(lossless))
  t.alike(imageSize(vp8l), { width: 100, height: 50 })
  const ispe = (width: number, height: number) => ['ispe', zeros(4), u32(width), u32(height)]
  const avif = bytes(u32(28), 'ftypavif', zeros(8), ...ispe(10, 10), ...ispe(800, 600), zeros(4))
  t.alike(imageSize(avif), { width: 800, height: 600 }, 'the largest that it has')
})

test('a photo is looked through for its frame', (t) => {
  const exif = [0xff, 0xe1, 0, 6, 1, 2, 3, 4]
  const frame = [0xff, 0xc2, 0, 17, 8, 0x0b, 0xd0, 0x0f, 0xc0]
  t.alike(imageSize(bytes([0xff, 0xd8], exif, [0xff], frame)), { width: 4032, height: 3024 })
  const tables = [0xff, 0xc4, 0, 4, 0, 0]
  t.alike(imageSize(bytes([0xff, 0xd8], tables, frame)), { width: 4032, height: 3024 })
})

test('what is cut off, empty or something else has no size', (t) => {
  const png = bytes([0x89], 'PNG\r\n\x1a\n', u32(13), 'IHDR', u32(5))
  const hostile = [
    bytes(),
    bytes('<svg width="5">'),
    png,
    bytes([0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff]),
    bytes([0xff, 0xd8, 0, 0, 0, 0]),
    bytes([0x89], 'PNG\r\n\x1a\n', u32(13), 'IHDR', u32(0), u32(9)),
    bytes('RIFF', zeros(4), 'WEBPVP8 ')
  ]
  for (const one of hostile) t.is(imageSize(one), null)
})
