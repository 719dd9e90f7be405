import test from 'brittle'

import { generateSecretKey, isNostrEvent, signEvent } from '../../protocol/nostr.ts'
import { groupStateTemplates } from '../../worker/relays/group-events.ts'
import type { Role } from '../../worker/relays/state.ts'

const facts = {
  alias: 'crowd',
  name: 'Crowd',
  about: '',
  picture: '',
  banner: '',
  access: 'open' as const,
  supportedKinds: null,
  pins: []
}

test('a crowd’s lists stay events, and who has a role is on them', (t) => {
  const people = Array.from({ length: 10_000 }, (_, i): [string, Role] => {
    return [i.toString(16).padStart(64, '0'), i > 9_990 ? 'admin' : 'member']
  })
  const secretKey = generateSecretKey()
  for (const template of groupStateTemplates(facts, people, 1)) {
    t.ok(isNostrEvent(signEvent(template, secretKey)), `kind ${template.kind}`)
  }
  const members = groupStateTemplates(facts, people, 1)[2]!
  t.ok(members.tags.some(([, pubkey]) => pubkey === people.at(-1)![0]))
})
