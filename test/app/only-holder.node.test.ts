/** Who quits the desktop app while files are with nobody else. Electron's dialog is stood for. */
import { register } from 'node:module'
import test from 'brittle'
import { lonelyGroup } from '../../app/shells/electron/only-holder.ts'
import type { GroupSafety, Safety } from '../../protocol/rpc/generated/types.ts'

register(new URL('./electron-hooks.js', import.meta.url))
const { dialog } = await import('./electron-stand-in.ts')
const { mayQuit } = await import('../../app/shells/electron/leaving.ts')

const none = { files: 0, bytes: 0 }
const one = { files: 1, bytes: 10 }

function safety(groups: Partial<GroupSafety>[]): Safety {
  const plain = { relayKey: '', needed: 1, here: one, few: none, away: none, helpers: [] }
  return {
    state: 'wait',
    here: one,
    few: none,
    away: none,
    onlyHere: one,
    groups: groups.map((group) => ({
      ...plain,
      state: 'wait' as const,
      target: 2,
      onlyHere: none,
      ...group
    }))
  }
}

test('a group of which this device alone has files', (t) => {
  t.is(lonelyGroup(safety([])), null)
  t.is(lonelyGroup(safety([{ name: 'Safe' }])), null)
  t.is(lonelyGroup(safety([{ name: 'Just me', target: 1, onlyHere: one }])), null)
  t.is(lonelyGroup(safety([{ name: 'Safe' }, { name: 'Band', onlyHere: one }])), 'Band')
  t.ok(lonelyGroup(safety([{ onlyHere: one }])), 'one without a name')
})

test('who quits is asked, and may stay', (t) => {
  t.ok(mayQuit(null))
  t.alike(dialog.asked, [], 'nobody is asked without a reason')
  t.absent(mayQuit('Band'), 'the first button stays')
  t.ok(dialog.asked[0]?.includes('“Band”'), 'it says of which group')
  dialog.pressed = 1
  t.ok(mayQuit('Band'))
})
