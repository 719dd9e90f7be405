import type { Verb } from '../verb.ts'

export const name: Verb = {
  name: 'name',
  summary: 'Says what you are called in your groups, or changes it',
  args: [['[name]', 'the new one, 1 to 100 characters']],
  async run({ args, face: open, out }) {
    const face = await open()
    if (args.name !== undefined) await face.call('setName', { name: args.name })
    const now = await face.first('status', {}, ({ state }) => state !== 'starting')
    out.result({ name: now.name ?? null }, [now.name ?? '(none yet)'])
  }
}
