import test from 'brittle'
import b4a from 'b4a'
import { HypertunaError } from '../../protocol/errors.ts'
import type { ErrorDetails } from '../../protocol/errors.ts'
import { createClient } from '../../protocol/rpc/client.ts'
import { serveCalls } from '../../protocol/rpc/server.ts'
import type { Subscription } from '../../protocol/rpc/subscription.ts'
import type { TransfersUpdate } from '../../protocol/rpc/generated/types.ts'
import { packed, parseDetails, unpacked } from '../../protocol/rpc/wire-error.ts'
import { codeOf, connectedPipes, handlersWith, someRelay } from './rpc-ends.ts'

test('a call is answered, with empty and full answers', async (t) => {
  const { near, far } = await connectedPipes(t)
  const names: string[] = []
  serveCalls(
    far,
    handlersWith({
      createRelay: async ({ name }) => someRelay(name),
      setName: async ({ name }) => {
        names.push(name)
        return {}
      }
    })
  )
  const client = createClient(near)
  const relay = await client.call('createRelay', { name: 'Field notes', access: 'open' })
  t.alike(relay, someRelay('Field notes'))
  t.alike(await client.call('setName', { name: 'Mara' }), {})
  t.alike(names, ['Mara'])
})

test('details of an error cross, in calls, subscriptions and uploads', async (t) => {
  const { near, far } = await connectedPipes(t)
  const full = (details: ErrorDetails): HypertunaError =>
    new HypertunaError('STORAGE_FULL', 'Too full', { details })
  const room = { free: 10, needed: 20, where: 'the disk' }
  serveCalls(
    far,
    handlersWith({
      post: async () => {
        throw full(room)
      },
      fetchFile: async () => {
        throw full({ words: 'x'.repeat(2000) })
      },
      transfers: (_request, subscription) => subscription.fail(full(room)),
      storeFile: async () => {
        throw full(room)
      }
    })
  )
  const client = createClient(near)
  const thrown = async (job: Promise<unknown>): Promise<HypertunaError> =>
    job.then(
      () => new HypertunaError('INTERNAL', 'no error'),
      (err: unknown) => err as HypertunaError
    )
  const post = await thrown(client.call('post', { relayKey: '', content: '', kind: 9, files: [] }))
  const ended = await thrown(
    new Promise((resolve, reject) => {
      client.subscribe(
        'transfers',
        {},
        () => {},
        (err) => (err === null ? resolve(null) : reject(err))
      )
    })
  )
  async function* none(): AsyncGenerator<Uint8Array> {}
  const stored = await thrown(client.storeFile({ relayKey: '', size: 0 }, none()))
  for (const err of [post, ended, stored]) {
    t.alike(err.toJSON(), { code: 'STORAGE_FULL', message: 'Too full', details: room })
  }
  const bounded = await thrown(client.call('fetchFile', { relayKey: '', hash: '' }))
  t.alike(bounded.toJSON(), { code: 'STORAGE_FULL', message: 'Too full' }, 'but not without end')
})

test('only what was packed is unpacked', (t) => {
  const plain = new HypertunaError('BUSY', 'Wait')
  t.is(packed(plain), plain)
  for (const tail of ['', 'no json', '[1]', '{"a":{}}', 'null', `{"a":"${'x'.repeat(2000)}"}`]) {
    const odd = new HypertunaError('BUSY', `Wait\u001f${tail}`)
    t.is(unpacked(odd), odd)
  }
  t.alike(parseDetails('{"free":1}'), { free: 1 })
  t.is(parseDetails('{'), undefined)
  t.is(parseDetails(null), undefined)
})

test('codes and messages cross; a bug in a handler is an answer and no crash', async (t) => {
  const { near, far } = await connectedPipes(t)
  const failures: string[] = []
  serveCalls(
    far,
    handlersWith({
      createRelay: async () => {
        throw new HypertunaError('UNSUPPORTED', 'Private groups come later')
      },
      post: async () => {
        throw new TypeError('a bug')
      },
      fetchFile: async () => {
        throw Object.assign(new Error('disk'), { code: 'STORAGE_FULL' })
      },
      createInvite: async () => ({ invite: undefined as never, expiresAt: 0 })
    }),
    (call, err) => failures.push(`${call} ${err.code}`)
  )
  const client = createClient(near)
  try {
    await client.call('createRelay', { name: 'x', access: 'private' })
    t.fail('should reject')
  } catch (err) {
    t.ok(err instanceof HypertunaError)
    t.is((err as HypertunaError).code, 'UNSUPPORTED')
    t.is((err as HypertunaError).message, 'Private groups come later')
  }
  const post = { relayKey: '', content: '', kind: 9, files: [] }
  t.is(await codeOf(client.call('post', post)), 'INTERNAL')
  t.is(await codeOf(client.call('fetchFile', { relayKey: '', hash: '' })), 'STORAGE_FULL')
  const invite = client.call('createInvite', { relayKey: '', expiresIn: 0, uses: 0 })
  t.is(await codeOf(invite), 'BAD_REQUEST', 'an answer that cannot be encoded')
  t.alike(failures, ['createRelay UNSUPPORTED', 'post INTERNAL', 'fetchFile STORAGE_FULL'])
})

test('an unknown call is refused', async (t) => {
  const { near, far } = await connectedPipes(t)
  serveCalls(far, handlersWith({ setName: async () => ({}) }))
  const { RPC } = await import('hrpc/runtime')
  const raw = new RPC(near)
  const request = raw.request(999)
  request.send(b4a.from('anything'))
  try {
    await request.reply()
    t.fail('should reject')
  } catch (err) {
    t.is((err as { code: string }).code, 'UNSUPPORTED')
  }
})

test('a lost session rejects what is under way', async (t) => {
  const { near, far } = await connectedPipes(t)
  serveCalls(far, handlersWith({ post: () => new Promise(() => undefined) }))
  const client = createClient(near)
  const pending = client.call('post', { relayKey: '', content: '', kind: 9, files: [] })
  far.destroy()
  t.is(await codeOf(pending), 'CLOSED')
  await client.closed
  t.is(await codeOf(client.call('setName', { name: 'late' })), 'CLOSED')
})

test('garbage ends its session and nothing else', async (t) => {
  const sound = await connectedPipes(t)
  serveCalls(sound.far, handlersWith({ setName: async () => ({}) }))
  const client = createClient(sound.near)
  for (const bytes of ['0a000000ffffffffffffffffffff', '05000000010100000000', '0300000003ffff']) {
    const { near, far } = await connectedPipes(t)
    serveCalls(far, handlersWith({}))
    near.on('error', () => undefined)
    near.write(b4a.from(bytes, 'hex'))
    // A whole call after the garbage: by its answer, or the end, the garbage was read.
    const ended = new Promise<void>((resolve) => {
      near.on('data', () => resolve()).on('close', () => resolve())
    })
    near.write(b4a.from('0501000000017f0000', 'hex'))
    near.end(null)
    await ended
  }
  const { near, far } = await connectedPipes(t)
  serveCalls(far, handlersWith({}))
  near.on('error', () => undefined)
  near.write(b4a.from('ffffffff01', 'hex')) // the beginning of a frame of 4 GiB
  await new Promise<void>((resolve) => far.on('close', () => resolve()))
  t.pass('a frame that claims too much ends its session at once')
  t.alike(await client.call('setName', { name: 'still here' }), {}, 'the other session works')
})

test('a subscription carries values, its end, and its reason', async (t) => {
  const { near, far } = await connectedPipes(t)
  serveCalls(
    far,
    handlersWith({
      relayList: (_, subscription) => {
        subscription.send({ relays: [] })
        subscription.send({ relays: [someRelay('one')] })
        subscription.end()
      },
      joinRelay: (_, subscription) => {
        subscription.send({ phase: 'waiting' })
        subscription.fail(new HypertunaError('INVITE_EXPIRED', 'Ask for a new invite'))
      },
      files: async () => {
        throw new HypertunaError('UNKNOWN_RELAY', 'No such relay')
      }
    })
  )
  const client = createClient(near)
  const counts: number[] = []
  const clean = await new Promise((resolve) => {
    client.subscribe('relayList', {}, ({ relays }) => counts.push(relays.length), resolve)
  })
  t.alike(counts, [0, 1])
  t.is(clean, null, 'a clean end')

  const phases: string[] = []
  const expired = await new Promise<HypertunaError | null>((resolve) => {
    client.subscribe('joinRelay', { invite: 'x' }, ({ phase }) => phases.push(phase), resolve)
  })
  t.is(expired?.code, 'INVITE_EXPIRED')
  t.is(expired?.message, 'Ask for a new invite')

  const unknown = await new Promise<HypertunaError | null>((resolve) => {
    client.subscribe('files', { relayKey: '' }, () => t.fail('no value'), resolve)
  })
  t.is(unknown?.code, 'UNKNOWN_RELAY', 'a rejecting handler fails the subscription')
})

test('leaving a subscription tells the worker; so does losing the session', async (t) => {
  const { near, far } = await connectedPipes(t)
  const left: Promise<void>[] = []
  serveCalls(
    far,
    handlersWith({
      transfers: (_, subscription) => {
        left.push(
          new Promise((resolve) => subscription.signal.addEventListener('abort', () => resolve()))
        )
        subscription.send({ transfers: [] })
      }
    })
  )
  const client = createClient(near)
  const unsubscribe = await new Promise<() => void>((resolve) => {
    const leave = client.subscribe('transfers', {}, () => resolve(leave))
  })
  unsubscribe()
  await left[0]
  t.pass('the worker was told')

  const lost = new Promise<HypertunaError | null>((resolve) => {
    client.subscribe('transfers', {}, () => near.destroy(), resolve)
  })
  t.is((await lost)?.code, 'CLOSED')
  await left[1]
  t.pass('and again')
})

test('a face that reads slowly gets the newest snapshot, not all of them', async (t) => {
  const { near, far } = await connectedPipes(t)
  let subscription: Subscription<TransfersUpdate> | null = null
  serveCalls(far, handlersWith({ transfers: (_, opened) => void (subscription = opened) }))
  const client = createClient(near)
  const seen: number[] = []
  const total = 2000
  const ended = new Promise((resolve) => {
    client.subscribe(
      'transfers',
      {},
      ({ transfers }) => seen.push(transfers[0]?.received ?? -1),
      resolve
    )
  })
  await client.call('setName', { name: 'after the subscription' }).catch(() => undefined)
  near.pause()
  for (let i = 0; i < total; i++) subscription!.latest(snapshot(i))
  subscription!.end()
  near.resume()
  await ended
  t.is(seen.at(-1), total - 1, 'the newest arrives')
  t.ok(seen.length < total / 2, `${seen.length} of ${total} were sent`)

  function snapshot(received: number): TransfersUpdate {
    const id = 'x'.repeat(4096)
    const state = { kind: 'fetch', phase: 'running', size: 1, rate: 0, received } as const
    return { transfers: [{ id, relayKey: '', hash: '', ...state }] }
  }
})
