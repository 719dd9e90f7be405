/** A lane belongs to one member's channel: who else is at its end is sent away, and nobody waits. */
import b4a from 'b4a'
import test from 'brittle'
import Protomux from 'protomux'

import { FileChannel, VERSION } from '../../protocol/file-channel/channel.ts'
import type { Handshake, PeerInfo } from '../../protocol/file-channel/channel.ts'
import { TYPE } from '../../protocol/file-channel/messages.ts'
import { LaneChannels } from '../../worker/network/lane-channels.ts'
import type { MemberSource } from '../../worker/network/member-source.ts'
import { BytesResponder, collect, HASH, random, TOPIC } from '../protocol/channel-pair.ts'
import { twoDevices } from './lane-scene.ts'
import type { Device } from './lane-scene.ts'
import type { TestContext } from './member.ts'
import { poll } from '../poll.ts'

const MiB = 1024 * 1024
const BYTES = random(5 * MiB)

/** What somebody says to be. */
interface Claim {
  pubkey: string
  driveKey: string
}

const GIVER: Claim = { pubkey: 'a1'.repeat(32), driveKey: 'a2'.repeat(32) }
const TAKER: Claim = { pubkey: 'b1'.repeat(32), driveKey: 'b2'.repeat(32) }

interface Side {
  device: Device
  channel: FileChannel
  source: MemberSource
  /** What was told of lanes, in order. */
  told: [event: string, reason: unknown][]
  /** Resolves with the first of it. */
  first: Promise<string>
}

interface Ways {
  /** Who the two say to be over a lane; over the connection they are who they are. */
  giver?: Claim
  taker?: Claim
  patience?: number
  /** The giver is of a version that knows of no lanes. */
  isOld?: boolean
}

async function scene(t: TestContext, ways: Ways = {}): Promise<{ giver: Side; taker: Side }> {
  const [left, right] = await twoDevices(t)
  if (ways.isOld === true) forgetLanes(left)
  const giver = sideOf(left, { over: ways.giver, is: GIVER }, ways.patience)
  const taker = sideOf(right, { over: ways.taker, is: TAKER }, ways.patience)
  for (const { channel } of [giver, taker]) {
    t.teardown(() => channel.close())
    channel.open()
  }
  await Promise.all([giver.channel.opened, taker.channel.opened])
  return { giver: withSource(giver), taker: withSource(taker) }
}

type Begun = Omit<Side, 'source'> & { lanes: LaneChannels }

const withSource = ({ lanes, ...side }: Begun): Side => {
  return { ...side, source: lanes.sourceOf(side.device.connection, side.channel) }
}

function sideOf(device: Device, who: { is: Claim; over?: Claim }, patience?: number): Begun {
  const told: Side['told'] = []
  const first = Promise.withResolvers<string>()
  const { connection } = device
  const introduce = async (hash: Uint8Array): Promise<Handshake> => {
    const isLane = !b4a.equals(hash, connection.handshakeHash)
    const { pubkey, driveKey } = (isLane ? who.over : undefined) ?? who.is
    const sealed = b4a.from(pubkey + driveKey, 'hex')
    return { version: VERSION, role: 'member', proof: null, sealed }
  }
  const check = ({ sealed }: Handshake): PeerInfo => {
    const said = b4a.toString(sealed ?? b4a.alloc(64), 'hex')
    return {
      role: 'member',
      pubkey: said.slice(0, 64),
      driveKey: said.slice(64),
      members: null
    }
  }
  const log = (event: string, fields?: Record<string, unknown>): void => {
    told.push([event, fields?.reason])
    first.resolve(event)
  }
  const respond = new BytesResponder(BYTES)
  const lanes = new LaneChannels({
    options: { lanes: device.lanes, respond, log },
    channelId: () => TOPIC,
    introduce: ({ handshakeHash }) => introduce(handshakeHash),
    check,
    patience
  })
  const channel: FileChannel = new FileChannel(Protomux.from(connection), {
    topic: TOPIC,
    handshake: { version: VERSION, role: 'member', proof: null, sealed: sealedOf(who.is) },
    checkPeer: check,
    respond,
    offerLane: () => lanes.offer(connection, channel)
  })
  return { device, channel, lanes, told, first: first.promise }
}

const sealedOf = ({ pubkey, driveKey }: Claim): Uint8Array => b4a.from(pubkey + driveKey, 'hex')

/** Frames of lanes are unknown here, and dropped, as they were by the version before. */
function forgetLanes({ connection }: Device): void {
  const mux = Protomux.from(connection)
  const make = mux.createChannel.bind(mux)
  mux.createChannel = (options) =>
    make({ ...options, messages: options.messages?.slice(0, TYPE.lane) ?? [] })
}

/** Reads all of it, a MiB at a time. */
async function readAll(source: MemberSource): Promise<Uint8Array> {
  const ranges: Uint8Array[] = []
  for (let offset = 0; offset < BYTES.byteLength; offset += MiB) {
    const { stream } = await source.request({ hash: HASH, offset, length: MiB })
    ranges.push(await collect(stream))
  }
  return b4a.concat(ranges)
}

test('the same two with the same drives have a lane', async (t) => {
  const { giver, taker } = await scene(t)
  const bytes = await readAll(taker.source)
  t.is(await taker.first, 'lane-open')
  t.is(await giver.first, 'lane-open')
  t.ok(b4a.equals(bytes, BYTES))
  t.ok(taker.source.isDirect)
  t.ok(giver.source.isDirect, 'which serves both')
})

const OTHERS = {
  'another member': (claim: Claim) => ({ ...claim, pubkey: 'c1'.repeat(32) }),
  'another drive': (claim: Claim) => ({ ...claim, driveKey: 'c2'.repeat(32) })
}

for (const [who, other] of Object.entries(OTHERS)) {
  test(`${who} at the end of a lane that we dialled is sent away, and nothing is lost`, async (t) => {
    const { giver, taker } = await scene(t, { giver: other(GIVER) })
    t.ok(b4a.equals(await readAll(taker.source), BYTES))
    t.is(await taker.first, 'lane-failed')
    t.alike(taker.told[0]?.[1], 'Somebody else is at the end of the lane')
    t.absent(taker.source.isDirect)
    t.absent(taker.device.lanes.mayDial(taker.device.connection), 'it is not tried again at once')
    t.ok(b4a.equals(await readAll(taker.source), BYTES))
    await poll(() => taker.device.lanes.open.size + giver.device.lanes.open.size === 0)
    t.is(taker.channel.reason, null, 'the member that it is stays')
  })

  test(`${who} who comes for our offer is sent away`, async (t) => {
    const { giver, taker } = await scene(t, { taker: other(TAKER) })
    t.ok(b4a.equals(await readAll(taker.source), BYTES))
    t.is(await giver.first, 'lane-failed')
    t.absent(giver.source.isDirect)
    await poll(() => taker.device.lanes.open.size + giver.device.lanes.open.size === 0)
    t.ok(b4a.equals(await readAll(taker.source), BYTES))
    t.is(giver.channel.reason, null)
  })
}

test('nobody waits for an older member’s answer', async (t) => {
  const { giver, taker } = await scene(t, { isOld: true, patience: 2 ** 30 })
  t.ok(b4a.equals(await readAll(taker.source), BYTES), 'while it never comes')
  t.alike(taker.told, [])
  t.is(giver.channel.reason, null)
})

test('an older member that does not answer is not asked again soon', async (t) => {
  const { taker } = await scene(t, { isOld: true, patience: 20 })
  t.ok(b4a.equals(await readAll(taker.source), BYTES))
  t.is(await taker.first, 'lane-failed')
  t.absent(taker.device.lanes.mayDial(taker.device.connection))
  t.ok(b4a.equals(await readAll(taker.source), BYTES))
  t.is(taker.told.length, 1)
  t.is(taker.channel.reason, null, 'and the channel goes on')
})
