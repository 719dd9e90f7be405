import b4a from 'b4a'
import Corestore from 'corestore'
import crypto from 'hypercore-crypto'
import test from 'brittle'

import {
  isWriterProven,
  manifestOf,
  proveWriter,
  writerIn,
  writerKeyOf,
  writerTag
} from '../../worker/relays/writer-proof.ts'

test('a proof holds for one core, relay and pubkey', (t) => {
  const keyPair = crypto.keyPair()
  const writer = writerKeyOf(keyPair.publicKey)
  const target = { discoveryKey: 'd'.repeat(64), pubkey: 'e'.repeat(64) }
  const proof = proveWriter(keyPair, target)
  t.ok(isWriterProven(writer, proof, target))
  t.absent(isWriterProven('a'.repeat(64), proof, target))
  t.absent(isWriterProven(writer, proof, { ...target, pubkey: 'd'.repeat(64) }))
  t.absent(isWriterProven(writer, proof, { ...target, discoveryKey: 'e'.repeat(64) }))
  t.absent(isWriterProven(writer, null, target))
  t.absent(isWriterProven(writer, { ...proof, publicKey: 7 }, target))
  t.alike(writerIn({ tags: [writerTag(writer, proof)] }), { writer, proof })
  t.is(writerIn({ tags: [['writer', writer]] }), null)
})

test('a writer’s core is what its public key says, and needs no block to be known', async (t) => {
  const [here, there] = [new Corestore(await t.tmp()), new Corestore(await t.tmp())]
  t.teardown(() => Promise.all([here.close(), there.close()]))
  const keyPair = crypto.keyPair()
  const core = here.get({ keyPair })
  await core.ready()
  const { key } = core
  t.is(b4a.toString(key, 'hex'), writerKeyOf(keyPair.publicKey))
  const named = there.get({ key })
  await named.ready()
  t.is(named.manifest, null)
  const known = there.get({ key, manifest: manifestOf(keyPair.publicKey) })
  await known.ready()
  t.alike(known.manifest, core.manifest)
  t.alike(named.manifest, core.manifest, 'for all who have it open')
})
