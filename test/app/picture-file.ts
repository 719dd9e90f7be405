/** A real picture, drawn here: hills at dusk, as a PNG of any size. */
import { crc32, deflateSync } from 'node:zlib'

export function drawPng(width: number, height: number): Buffer {
  const rows = Buffer.alloc(height * (1 + width * 3))
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * (1 + width * 3) + 1 + x * 3
      const [red, green, blue] = colour(x / width, y / height)
      rows.set([red, green, blue], at)
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  const parts = [
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0))
  ]
  return Buffer.concat([signature, ...parts])
}

function colour(x: number, y: number): [number, number, number] {
  const near = 0.72 + 0.06 * Math.sin(x * 9)
  const far = 0.55 + 0.08 * Math.sin(x * 5 + 2)
  if (y > near) return [22, 52, 39]
  if (y > far) return [31, 107, 76]
  const sun = Math.hypot(x - 0.7, (y - 0.35) * 0.7)
  if (sun < 0.07) return [255, 240, 205]
  return [240 - y * 150, 200 - y * 90, 170 - y * 10]
}

function chunk(type: string, body: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from(type), body])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(content))
  return Buffer.concat([length, content, sum])
}
