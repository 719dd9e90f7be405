/**
 * Hyperbee and Bare, as far as we reach into them: a version in which that is otherwise fails
 * here by its name. Then look at what is named, and say below that it was looked at.
 */
import test from 'brittle'
import b4a from 'b4a'
import Corestore from 'corestore'
import crypto from 'hypercore-crypto'
import Hyperbee from 'hyperbee'

type Code = Record<string, (...values: never[]) => unknown>

/** What is replaced or called, by where it is: the code that it was when that was looked at. */
const LOOKED_AT: Record<string, string> = {
  'Hyperbee._open': '384ac456cbd8af73',
  'Hyperbee.batch': '6bace97006f9918c',
  'Batch.getRoot': '6f3ca91f3640a35d',
  'Batch.getKey': 'accc77f23c9e4a19',
  'Batch.getBlock': 'ac5ecb44ab11398e',
  'Batch._getBlock': 'f38a70d1d4aa5379',
  'Batch.toBlocks': '5f31797dadb76979',
  'Batch._appendBatch': '76ddfdc624af4d58',
  'Batch._get': '6c2c877f8b668fee',
  'Batch._onwait': '586275068ee96467',
  'BlockEntry.constructor': '119515ac4475760f',
  'TreeNode.constructor': '6f61c54872255bfd',
  'TreeNode.getKey': 'a7161f3d88e89dd6',
  'TreeNode.getChildNode': 'ec3ab02996261703'
}

const sample = Hyperbee.prototype.batch.call({ _batches: [] } as never)
const batches = Object.getPrototypeOf(sample) as Code
const block = (await batches['_getBlock']!.call(
  {
    blocks: null,
    onseq: () => {},
    _getNode: () => ({ inflated: { levels: [{ keys: [], children: [] }] } }),
    core: { core: {} }
  } as never,
  0 as never
)) as object
const blocks = Object.getPrototypeOf(block) as Code
const nodes = Object.getPrototypeOf(blocks['getTreeNode']!.call(block as never, 0 as never)) as Code
const bees = Hyperbee.prototype as unknown as Code

/** Of each, what our files reach into. Taken before they are imported, which replace some. */
const reached: [owner: string, code: Code, names: string[], ours: string][] = [
  ['Hyperbee', bees, ['_open', 'batch'], 'warm-bee.ts'],
  ['Batch', batches, ['getRoot', 'getKey', 'getBlock', '_getBlock'], 'quick-bee.ts'],
  ['Batch', batches, ['toBlocks', '_appendBatch'], 'warm-bee.ts'],
  ['Batch', batches, ['_get', '_onwait'], 'guard-bee.ts'],
  ['BlockEntry', blocks, ['constructor'], 'quick-bee.ts and packed-bee.ts'],
  ['TreeNode', nodes, ['constructor', 'getKey', 'getChildNode'], 'quick-bee.ts']
]
const codes = reached.flatMap(([owner, code, names, ours]) =>
  names.map((name) => ({ name: `${owner}.${name}`, ours, code: String(code[name]) }))
)
const plain = { poolSize: Buffer.poolSize, shared: Buffer.allocUnsafe(8).buffer.byteLength > 8 }

await import('../../worker/small-buffers.ts')
await import('../../worker/guard-bee.ts')
const { PackedBlock } = await import('../../worker/packed-bee.ts')
await import('../../worker/quick-bee.ts')
await import('../../worker/warm-bee.ts')

test('what we replace in Hyperbee, and call of it, is what it was', (t) => {
  for (const { name, ours, code } of codes) {
    const hash = b4a.toString(crypto.hash(b4a.from(code)), 'hex').slice(0, 16)
    t.is(hash, LOOKED_AT[name], `${name} is as it was: else look at worker/${ours} again`)
  }
})

interface Insides {
  _keyCache: { get(seq: number): unknown }
  _nodeCache: { get(seq: number): unknown }
  _checkout: number
}

test('what we put into a Hyperbee is used by it', async (t) => {
  const store = new Corestore(await t.tmp())
  t.teardown(() => store.close())
  const bee = new Hyperbee<string, number>(store.get({ name: 'bee' }), {
    keyEncoding: 'utf-8',
    valueEncoding: 'json'
  })
  await bee.ready()
  const batch = bee.batch({ update: false })
  for (let n = 0; n < 20; n++) await batch.put(`key ${n}`, n)
  await batch.flush()
  const { _keyCache: keys, _nodeCache: kept, _checkout: checkout } = bee as unknown as Insides
  t.is(checkout, 0, '_checkout')
  t.ok(kept.get(20) instanceof PackedBlock, '_nodeCache has what was just written, packed')
  t.is(b4a.toString(keys.get(20) as Uint8Array), 'key 19', '_keyCache has its key')
  const reading = bee.batch({ update: false }) as unknown as Code
  const root = reading['getRoot']!(false as never) as { getKey(index: number): unknown }
  t.absent(root instanceof Promise, 'what is in memory is not waited for')
  t.ok(b4a.isBuffer(root.getKey(0)), 'nor is its key')
  await bee.close()
})

test('Bare asks the system for each small Buffer, and ours share memory', (t) => {
  t.is(plain.poolSize, 0, 'else it has such a thing itself, and small-buffers.ts may go')
  t.absent(plain.shared, 'the same')
  const [one, two] = [Buffer.from('one'), Buffer.allocUnsafe(8)]
  t.is(one.buffer, two.buffer, 'they lie in one piece')
  t.ok(Buffer.isBuffer(one) && one instanceof Buffer)
})
