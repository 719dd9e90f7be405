/** Whoever speaks WebSocket reads the messages that we frame, whatever their length. */
import { Socket } from 'bare-ws'
import test from 'brittle'
import b4a from 'b4a'
import { Duplex } from 'streamx'

import { framesOf } from '../../worker/serve/nostr/frames.ts'

const LENGTHS = [0, 1, 125, 126, 127, 65_535, 65_536, 200_000]

test('messages in frames of each form are read as they are, in their order', async (t) => {
  const wire = new Duplex()
  const reader = new Socket({ socket: wire as never, isServer: false })
  const heard: string[] = []
  const all = new Promise<void>((resolve) => {
    reader.on('message', (payload, binary) => {
      t.absent(binary)
      heard.push(b4a.toString(payload))
      if (heard.length === LENGTHS.length) resolve()
    })
  })
  reader.resume()
  const texts = LENGTHS.map((length, i) => String(i).repeat(length))
  // A message may be in pieces, which are one frame all the same.
  const messages = texts.map((text) => [
    b4a.from(text.slice(0, 60)),
    b4a.from(text.slice(60, 100)),
    b4a.from(text.slice(100))
  ])
  wire.push(framesOf(messages))
  await all
  t.alike(heard, texts)
  reader.on('error', () => {})
  reader.destroy()
})
