import { groups } from '../choose.ts'
import type { Verb } from '../verb.ts'
import { columns } from '../words.ts'

export const status: Verb = {
  name: 'status',
  summary: 'Says how the worker of this computer is, and what is wrong',
  async run({ face: open, out }) {
    const face = await open()
    const now = await face.first('status', {}, ({ state }) => state !== 'starting')
    const all = now.state === 'degraded' && now.pubkey === '' ? [] : await groups(face)
    const { moving } = await transfersOf(face)
    const rows = [
      ['state', now.state],
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

async function transfersOf(face: Parameters<typeof groups>[0]): Promise<{ moving: number }> {
  const { transfers } = await face.first('transfers', {}, () => true)
  return { moving: transfers.filter(({ phase }) => phase === 'running').length }
}
