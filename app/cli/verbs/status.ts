import type { Status } from '../../../protocol/rpc/generated/types.ts'
import { groups } from '../choose.ts'
import type { Verb } from '../verb.ts'
import { columns } from '../words.ts'

export const status: Verb = {
  name: 'status',
  summary: 'Says how the worker of this computer is, and what is wrong',
  whileLocked: true,
  async run({ face: open, out }) {
    const face = await open()
    const now = await face.first('status', {}, answers)
    // Of a key that is locked, or a storage that cannot be opened, there is no more to tell.
    const shut = now.pubkey === ''
    const all = shut ? [] : await groups(face)
    const { moving } = shut ? { moving: 0 } : await transfersOf(face)
    const rows = [
      ['state', now.locked === true ? 'locked: hypertuna unlock' : now.state],
      ['name', now.name ?? '(none yet)'],
      ['pubkey', now.pubkey],
      ['drive', now.driveKey],
      ['storage', now.storage],
      ['network', `${now.network ?? 'starting'}, ${now.peers} connected`],
      ['local', now.localPort === 0 ? 'none' : `http://127.0.0.1:${now.localPort}`],
      ['groups', String(all.length)],
      ['transfers', `${moving} under way`],
      ...now.problems.map(({ code, message }) => ['problem', `${message} (${code})`])
    ]
    out.result({ ...now, groups: all.length, transfers: moving }, columns(rows))
  }
}

function answers({ state, locked }: Status): boolean {
  return state !== 'starting' || locked === true
}

async function transfersOf(face: Parameters<typeof groups>[0]): Promise<{ moving: number }> {
  const { transfers } = await face.first('transfers', {}, () => true)
  return { moving: transfers.filter(({ phase }) => phase === 'running').length }
}
