/** Two Hyperbees of one core, as Autobase has them of its views: one writes, the other reads. */
import test from 'brittle'
import Corestore from 'corestore'
import Hyperbee from 'hyperbee'

import '../../worker/guard-bee.ts'
import { Kin } from '../../worker/quick-bee.ts'
import '../../worker/warm-bee.ts'

const OPTIONS = { extension: false, keyEncoding: 'utf-8', valueEncoding: 'json' } as const
const KEYS = 120

type Bee = Hyperbee<string, number>

interface Atom {
  flush(): Promise<void>
}

interface Scene {
  reader: Bee
  writer: Bee
  atom: Atom
  /** Blocks that the reader asked the core for. */
  asked: () => number
}

const keyAt = (n: number): string => `key ${Math.imul(n, 2654435761) >>> 0}`

/** As `AutoStore` makes sessions of a view. */
async function scene(t: {
  tmp(): Promise<string>
  teardown(fn: () => unknown): void
}): Promise<Scene> {
  const store = new Corestore(await t.tmp())
  t.teardown(() => store.close())
  const core = store.get({ name: 'bee' })
  await core.ready()
  const batch = core.session({ name: 'batch', writable: true } as object)
  await batch.ready()
  const { storage } = store as unknown as { storage: { createAtom(): Atom } }
  const atom = storage.createAtom()
  const atomic = batch.session({ atom, writable: true } as object)
  const read = batch.session({ writable: false })
  const reader = new Hyperbee<string, number>(read, OPTIONS)
  const writer = new Hyperbee<string, number>(atomic, OPTIONS)
  await Promise.all([reader.ready(), writer.ready()])
  const kin = new Kin()
  kin.add(reader)
  kin.add(writer)
  let asked = 0
  const { get } = read
  read.get = ((...args: Parameters<typeof get>) => {
    asked++
    return get.apply(read, args)
  }) as typeof get
  return { reader, writer, atom, asked: () => asked }
}

async function write(bee: Bee, value: (n: number) => number, from = 0): Promise<void> {
  const batch = bee.batch({ update: false })
  for (let n = from; n < KEYS; n++) await batch.put(keyAt(n), value(n))
  await batch.flush()
}

/** The first key that has another value than it is to have. */
async function wrong(bee: Bee, value: (n: number) => number | null): Promise<number> {
  const batch = bee.batch({ update: false })
  for (let n = 0; n < KEYS; n++) {
    if (((await batch.get(keyAt(n)))?.value ?? null) !== value(n)) return n
  }
  await batch.close()
  return -1
}

test('what one wrote the other has in memory, once it is written', async (t) => {
  const { reader, writer, atom, asked } = await scene(t)
  await write(writer, (n) => n)
  t.is(await wrong(reader, () => null), -1, 'not before')
  await atom.flush()
  t.is(await wrong(reader, (n) => n), -1)
  t.is(asked(), 0, 'and reads nothing again')
})

test('what was cut off and written anew is the reader’s when it is written, and not before', async (t) => {
  const { reader, writer, atom, asked } = await scene(t)
  await write(writer, (n) => n)
  const { length } = writer.core
  await write(writer, (n) => n + 1000)
  await atom.flush()
  t.is(await wrong(reader, (n) => n + 1000), -1)
  const before = asked()
  for (let round = 1; round < 4; round++) {
    await writer.core.truncate(length)
    t.is(await wrong(writer, (n) => n), -1, 'the writer is back')
    await write(writer, (n) => n + 2000 * round)
    const known = round === 1 ? 1000 : 2000 * (round - 1)
    t.is(await wrong(reader, (n) => n + known), -1, 'the reader is where it was')
    await atom.flush()
    t.is(await wrong(reader, (n) => n + 2000 * round), -1, 'until it is written')
  }
  t.comment(`${asked() - before} blocks were read again`)
})

test('what the reader has read the writer has in memory, too', async (t) => {
  const { reader, writer, atom } = await scene(t)
  await write(writer, (n) => n)
  await atom.flush()
  t.is(await wrong(reader, (n) => n), -1)
  const caches = writer as unknown as {
    _nodeCache: { clear(): void }
    _keyCache: { clear(): void }
  }
  caches._nodeCache.clear()
  caches._keyCache.clear()
  t.is(await wrong(reader, (n) => n), -1, 'read from the disk')
  const { get } = writer.core
  let asked = 0
  writer.core.get = ((...args: Parameters<typeof get>) => {
    asked++
    return get.apply(writer.core, args)
  }) as typeof get
  t.is(await wrong(writer, (n) => n), -1)
  t.is(asked, 0)
})
