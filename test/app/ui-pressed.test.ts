/** What moves things on the page waits while something of it is being pressed. */
import test from 'brittle'

import { watchPresses, whenLetGo } from '../../app/ui/outbox/pressed.ts'

test('nothing moves while something is pressed', async (t) => {
  const listeners = new Map<string, () => void>()
  watchPresses({ addEventListener: (name, listener) => void listeners.set(name, listener) })
  const ran: string[] = []

  whenLetGo(() => ran.push('at once'))
  t.alike(ran, ['at once'])
  listeners.get('pointerdown')?.()
  whenLetGo(() => ran.push('later'))
  whenLetGo(() => ran.push('taken back'))()
  const moved = new Promise<void>((done) => whenLetGo(done))
  t.alike(ran, ['at once'], 'not while it is pressed')
  listeners.get('pointerup')?.()
  t.alike(ran, ['at once'], 'what was pressed hears of it first')
  await moved
  t.alike(ran, ['at once', 'later'])
})
