/** What is asked of a group that is known and not open yet. */
import test from 'brittle'

import { HypertunaError, saysStarting } from '../../protocol/errors.ts'
import type { RpcHandlers } from '../../protocol/rpc/server.ts'
import { patient } from '../../worker/being-opened.ts'
import type { Worker } from '../../worker/worker.ts'
import { codeOf } from '../protocol/codes.ts'

/** A worker that knows of one group, which is not open. */
function opening(state = { opened: false }): Worker {
  const config = { relay: (relayKey: string) => (relayKey === 'known' ? {} : null) }
  const parts = { relays: state, files: { find: () => null }, config }
  return { use: () => parts } as unknown as Worker
}

const unknown = new HypertunaError('UNKNOWN_RELAY', 'You are not a member of this group')

test('a group that is being opened is not unknown', async (t) => {
  const state = { opened: false }
  const handlers: Pick<RpcHandlers, 'revokeInvite' | 'invites'> = {
    revokeInvite: () => Promise.reject(unknown),
    invites: () => {
      throw unknown
    }
  }
  const { revokeInvite, invites } = patient(opening(state), handlers)
  const ask = (relayKey: string) => revokeInvite({ relayKey, id: '' })
  t.ok(saysStarting(await ask('known').catch((err: unknown) => err)))
  t.is(await codeOf(ask('another')), 'UNKNOWN_RELAY')
  t.exception(
    () => invites({ relayKey: 'known' }, null as never),
    /being opened/,
    'nor to who follows it'
  )
  state.opened = true
  t.is(await codeOf(ask('known')), 'UNKNOWN_RELAY', 'but one that could not be opened is')
})

test('other answers and other errors are as they were', async (t) => {
  const other = new HypertunaError('NOT_ALLOWED', 'Only an admin')
  const handlers: Pick<RpcHandlers, 'revokeInvite' | 'react'> = {
    react: () => Promise.resolve({ eventId: 'e' }),
    revokeInvite: () => Promise.reject(other)
  }
  const { react, revokeInvite } = patient(opening(), handlers)
  t.alike(await react({ relayKey: 'known', eventId: '', content: '' }), { eventId: 'e' })
  await t.exception(revokeInvite({ relayKey: 'known', id: '' }), /Only an admin/)
})
