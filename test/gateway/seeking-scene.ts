/**
 * A gateway and a member with a recording of a minute, for a browser.
 *
 * Prints the file's address; then, for each line that comes in, the ranges that the member
 * was asked for so far as JSON.
 */
import process from 'bare-process'
import createTestnet from 'hyperdht/testnet.js'
import { Gateway } from '../../gateway/gateway.ts'
import { CONFIG, person, TestMember, TestRelay } from './fixture.ts'

const RATE = 44_100
const SECONDS = 60

/** Waves of a tone, sixteen bits, two channels. */
function recording(): Uint8Array {
  const bytes = Buffer.alloc(44 + RATE * SECONDS * 4)
  bytes.write('RIFF', 0)
  bytes.writeUInt32LE(bytes.byteLength - 8, 4)
  bytes.write('WAVEfmt ', 8)
  for (const [at, value] of [16, 0x20001, RATE, RATE * 4, 0x100004].entries()) {
    bytes.writeUInt32LE(value, 16 + at * 4)
  }
  bytes.write('data', 36)
  bytes.writeUInt32LE(bytes.byteLength - 44, 40)
  for (let at = 44, x = 1; at < bytes.byteLength; at += 2) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0 // noise, so that nothing is like its neighbour
    bytes.writeInt16LE((x >>> 16) - 32768, at)
  }
  return bytes
}

const testnet = await createTestnet(5)
const bootstrap = testnet.bootstrap.map(({ host, port }) => `${host}:${port}`)
const relay = new TestRelay('films')
const alice = person()
const file = relay.file(alice, recording(), { mime: 'audio/wav', name: 'noise.wav' })
const list = relay.list([alice])
const member = new TestMember({ relay, person: alice, list, bootstrap, files: [file] })
await member.online()
const gateway = new Gateway({ ...CONFIG, bootstrap }, { log: () => {} })
await gateway.ready()
console.log(`${gateway.url}/drive/${relay.publicIdentifier}/${file.hash}.wav`)
process.stdin.on('data', () => console.log(JSON.stringify(member.ranges)))
process.stdin.on('end', () => process.exit(0))
