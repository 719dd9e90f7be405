/**
 * NDK as it comes, in Node: a client that was not written here. Does what people do with
 * it and says what came of it, one JSON line.
 *
 * Usage: node --experimental-websocket ndk.js <relay url> <alias> <secret key hex>
 */
import NDK, {
  NDKEvent,
  NDKPrivateKeySigner,
  NDKRelayAuthPolicies,
  NDKSubscriptionCacheUsage
} from '@nostr-dev-kit/ndk'
import type { NDKFilter } from '@nostr-dev-kit/ndk'

setTimeout(() => process.exit(1), 30_000).unref()

const [url, alias, secretKey] = process.argv.slice(2) as [string, string, string]
const said: Record<string, unknown> = {}
const fresh = { cacheUsage: NDKSubscriptionCacheUsage.ONLY_RELAY, closeOnEose: true }

async function client(secret?: string): Promise<NDK> {
  const signer = secret === undefined ? undefined : new NDKPrivateKeySigner(secret)
  const ndk = new NDK({
    explicitRelayUrls: [url],
    enableOutboxModel: false,
    ...(signer && { signer })
  })
  if (signer !== undefined) {
    ndk.relayAuthDefaultPolicy = NDKRelayAuthPolicies.signIn({ ndk, signer })
  }
  const connected = new Promise<void>((resolve) => ndk.pool.once('relay:ready', () => resolve()))
  await ndk.connect()
  await connected
  return ndk
}

function event(ndk: NDK, kind: number, content: string, tags: string[][] = []): NDKEvent {
  return new NDKEvent(ndk, { kind, content, tags: [['h', alias], ...tags] } as never)
}

async function found(ndk: NDK, filter: NDKFilter): Promise<string[]> {
  const events = await ndk.fetchEvents(filter, fresh)
  return [...events].sort((a, b) => b.created_at! - a.created_at!).map(({ content }) => content)
}

const ndk = await client(secretKey)
const heard = new Promise<string>((resolve) => {
  const live = ndk.subscribe({ kinds: [11], '#h': [alias] }, { ...fresh, closeOnEose: false })
  live.on('event', (late: NDKEvent) => resolve(late.content))
})
const first = event(ndk, 9, 'first')
said['published'] = (await first.publish()).size
said['found'] = await found(ndk, { kinds: [9], '#h': [alias] })
await event(ndk, 11, 'a thread').publish()
said['live'] = await heard

const before = event(ndk, 30023, 'before', [['d', 'page']])
before.created_at = Math.floor(Date.now() / 1000) - 100
await before.publish()
await event(ndk, 30023, 'after', [['d', 'page']]).publish()
said['newest'] = await found(ndk, { kinds: [30023], '#d': ['page'] })

await event(ndk, 5, '', [
  ['e', first.id],
  ['k', '9']
]).publish()
said['deleted'] = await found(ndk, { ids: [first.id] })
said['searched'] = await found(ndk, { search: 'thread', kinds: [11] })
said['state'] = (await ndk.fetchEvent({ kinds: [39000 as never], '#d': [alias] }, fresh))?.dTag
const protectedOne = event(ndk, 9, 'by myself', [['-']])
said['protected'] = (await protectedOne.publish()).size

const stranger = await client(NDKPrivateKeySigner.generate().privateKey)
said['stranger'] = await event(stranger, 9, 'let me in')
  .publish()
  .then(
    () => 'taken',
    () => 'refused'
  )
said['strangerReads'] = await new Promise((resolve) => {
  const asked = stranger.subscribe({ kinds: [11] }, { ...fresh, closeOnEose: false })
  asked.on('event', (event: NDKEvent) => resolve(event.content))
  asked.on('closed', (_relay: unknown, reason: string) => {
    if (!reason.startsWith('auth-required: ')) resolve(reason) // NDK asks again with a proof
  })
})
process.stdout.write(JSON.stringify(said) + '\n')
process.exit(0)
