/** Pages for people: what they show, what they never show, and that they do nothing. */
import test from 'brittle'
import b4a from 'b4a'
import type { ChannelSocket } from '../../protocol/file-channel/channel.ts'
import { sha256 } from '../../protocol/sha256.ts'
import { markup } from '../../gateway/pages/html.ts'
import { sizeText } from '../../gateway/pages/layout.ts'
import { STYLE } from '../../gateway/pages/style.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { localDht } from '../worker/member.ts'
import { randomFile, share, startWhole } from '../worker/whole.ts'
import { ask, codeOf, type Reply } from './client.ts'
import { makeBytes, person, sign, startGateway, startMember, TestRelay } from './fixture.ts'

const LONG = { timeout: 120_000 }
const accept = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

/** Whatever could act, or reach elsewhere, is not there. */
function checkInert(t: { ok(value: unknown, message?: string): void }, reply: Reply): string {
  const page = reply.body.toString()
  const policy = reply.headers['content-security-policy'] ?? ''
  t.ok(policy.startsWith("default-src 'none'") && !policy.includes('unsafe'), 'a strict policy')
  t.ok(policy.includes(sha256(b4a.from(STYLE)).toString('base64')), 'that names the style')
  t.ok(page.includes(`<style>${STYLE}</style>`), 'which is the one in the page')
  const tags = page.replace(/"[^"]*"/g, '""').match(/<[^>]*>/g) ?? []
  t.ok(!tags.some((tag) => /^<(script|iframe|form)|\son\w+=/i.test(tag)), 'nothing runs')
  t.ok(!/(?:src|href)=["'](?:https?:)?\/\//i.test(page), 'nothing is from elsewhere')
  t.ok(reply.headers['x-content-type-options'] === 'nosniff')
  t.ok(reply.headers['referrer-policy'] === 'no-referrer')
  return page
}

test('a public group has a page with its files, and each file has one', LONG, async (t) => {
  const bootstrap = await localDht(t)
  const whole = await startWhole(t, bootstrap)
  const about = '<script>alert(1)</script>\nAll about birds & bees'
  const { relayKey } = await whole.calls.createRelay({ name: 'Field <b>notes</b>', access: 'open' })
  const group = whole.worker.use().relays.get(relayKey)
  await group.acts.editMetadata({ about })
  const picture = await randomFile(t, 5000, 'heron.png')
  const evil = await randomFile(t, 300, '"><img src=x onerror=alert(1)>.html')
  const { path, hash } = picture
  const mime = 'image/png'
  await whole.calls.storePath({ relayKey, path, fileHash: hash, name: 'heron.png', mime })
  const files = [{ hash, name: 'heron.png', mime }]
  await whole.calls.post({ relayKey, content: '', kind: 1063, files })
  await share(whole, relayKey, evil)
  const { url } = await startGateway(t, bootstrap)
  const publicIdentifier = group.relay.publicIdentifier ?? ''
  const reply = await ask(`${url}/${publicIdentifier}`, { headers: accept })
  t.is(reply.status, 200)
  t.is(reply.headers['content-type'], 'text/html; charset=utf-8')
  for (const more of [{ headers: { accept: '*/*' } }, {}]) {
    const any = await ask(`${url}/${publicIdentifier}`, more)
    t.is(any.status, 200, 'also for programs that take whatever there is')
  }
  const page = checkInert(t, reply)
  t.ok(page.includes('Field &lt;b&gt;notes&lt;/b&gt;'), 'its name')
  t.ok(page.includes('All about birds &amp; bees'), 'what it is about')
  t.ok(page.includes(`/drive/${publicIdentifier}/${picture.hash}.png?download`), 'a download')
  t.ok(page.includes('5.0 KB') && page.includes('300 bytes'), 'sizes')
  t.ok(!page.includes('<img src=x'), 'a file’s name is only a name')
  const head = await ask(`${url}/${publicIdentifier}`, { method: 'HEAD', headers: accept })
  t.is(head.status, 200)
  t.is(head.headers['content-length'], reply.headers['content-length'])
  t.is(head.body.byteLength, 0)

  const [, link = ''] = new RegExp(`href="(/view/[^"]*${picture.hash}[^"]*)"`).exec(page) ?? []
  const one = await ask(url + link)
  t.is(one.status, 200)
  const shown = checkInert(t, one)
  t.ok(shown.includes('heron.png') && shown.includes(picture.hash))
  t.ok(shown.includes(`src="/drive/${publicIdentifier}/${picture.hash}.png"`), 'its picture')

  const older = await ask(`${url}/${publicIdentifier}?until=1000`, { headers: accept })
  t.is(older.status, 200)
  t.ok(checkInert(t, older).includes('no older files'))
  const nothing = await ask(`${url}/view/${publicIdentifier}/${'ab'.repeat(32)}`)
  t.is(nothing.status, 404)
  checkInert(t, nothing)
  t.is((await ask(`${url}/view/${publicIdentifier}/etc`)).status, 400)
  const json = { headers: { accept: 'application/json' } }
  t.is(codeOf(await ask(`${url}/${publicIdentifier}`, json)), 'BAD_REQUEST', 'it is not that')
})

test('a private group has none, whoever asks', LONG, async (t) => {
  const bootstrap = await localDht(t)
  const whole = await startWhole(t, bootstrap)
  const { relayKey } = await whole.calls.createRelay({ name: 'Secret club', access: 'private' })
  const file = await randomFile(t, 100, 'plan.txt')
  await share(whole, relayKey, file)
  const gateway = await startGateway(t, bootstrap)
  const group = whole.worker.use().relays.get(relayKey)
  await group.acts.editMetadata({ gateways: [gateway.gatewayKey] })
  for (const path of [
    `/${group.relay.publicIdentifier}`,
    `/view/${group.relay.publicIdentifier}/${file.hash}`
  ]) {
    const reply = await ask(gateway.url + path, { headers: accept })
    t.is(reply.status, 403)
    const page = checkInert(t, reply)
    t.ok(page.includes('This group is private') && !page.includes('Secret club'))
    t.ok(!page.includes('plan.txt'))
  }
})

test('a member who lies is shown nowhere', LONG, async (t) => {
  const bootstrap = await localDht(t)
  const relay = new TestRelay()
  const [author, stranger] = [person(), person()]
  const good = relay.file(author, makeBytes(10), { name: 'good.txt' })
  const foreign = relay.file(stranger, makeBytes(20), { name: 'foreign.txt' })
  const forged = relay.file(author, makeBytes(30), { name: 'forged.txt' })
  const elsewhere = relay.file(author, makeBytes(40), { name: 'elsewhere.txt' }, 'another')
  const named = (who: typeof relay.key, name: string): NostrEvent =>
    sign(who, 39000, [
      ['d', relay.alias],
      ['name', name]
    ])
  const lies: NostrEvent[][] = [
    [good.event, foreign.event, elsewhere.event],
    [{ ...forged.event, content: 'changed' }]
  ]
  let description = [named(relay.key, 'True name')]
  let files = lies[0]!
  const socket = (_: unknown, client: ChannelSocket): void => {
    client.on('message', (bytes) => {
      const [, id, filter] = JSON.parse(b4a.toString(bytes)) as [
        string,
        string,
        { kinds: number[] }
      ]
      const events = filter.kinds.includes(39000) ? description : files
      const say = (message: unknown[]): void => void client.send(b4a.from(JSON.stringify(message)))
      for (const event of events) say(['EVENT', id, event])
      say(['EOSE', id])
    })
  }
  const member = { relay, person: author, list: relay.list([author]), bootstrap }
  await startMember(t, { ...member, misbehaviour: { socket } })
  const { url } = await startGateway(t, bootstrap, { limits: { look: 2000 } })
  const address = `${url}/${relay.publicIdentifier}`
  const page = (await ask(address, { headers: accept })).body.toString()
  t.ok(page.includes('True name') && page.includes('good.txt'))
  t.ok(!page.includes('foreign.txt'), 'who is no member publishes nothing')
  t.ok(!page.includes('elsewhere.txt'), 'nor does another group')

  files = lies[1]!
  const wrong = await ask(`${address}?until=9999999999`, { headers: accept })
  t.is(wrong.status, 502, 'what nobody signed is no page')
  t.ok(!wrong.body.toString().includes('forged.txt'))

  files = []
  description = [named(stranger, 'False name')]
  const other = await startGateway(t, bootstrap, { limits: { look: 2000 } })
  const unnamed = await ask(`${other.url}/${relay.publicIdentifier}`, { headers: accept })
  t.ok(!unnamed.body.toString().includes('False name'))
  t.is(unnamed.status, 502)
})

test('values are escaped, sizes are for people', (t) => {
  const name = `<a href="x" title='y'>&`
  t.is(markup`<p>${name}</p>`.text, '<p>&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;</p>')
  t.is(markup`${[markup`<b>`, null, 1]}`.text, '<b>1')
  const sizes = [0, 1, 999, 1000, 9950, 999_400, 999_900, 1_234_567, 5e12, 7e15].map(sizeText)
  t.alike(sizes, [
    '0 bytes',
    '1 byte',
    '999 bytes',
    '1.0 KB',
    '9.9 KB',
    '999 KB',
    '1.0 MB',
    '1.2 MB',
    '5.0 TB',
    '7000 TB'
  ])
})
