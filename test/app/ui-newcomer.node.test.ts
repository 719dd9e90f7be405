/** What somebody meets who is here for the first time. */
import test from 'brittle'
import { isBeingShown, toneOf } from '../../app/ui/files/safety-tone.ts'
import { formatClock, formatUntil } from '../../app/ui/format.ts'
import { openable } from '../../app/ui/parts/media.ts'
import { Notices } from '../../app/ui/state/notices.ts'
import type { GroupSafety } from '../../protocol/rpc/generated/types.ts'

test('of a folder the pictures are seen first, and what cannot be shown not at all', (t) => {
  const files = ['text/plain', 'application/zip', 'image/jpeg', 'application/pdf', 'video/mp4']
  const order = openable(files.map((mime) => ({ mime }))).map(({ mime }) => mime)
  t.alike(order, ['image/jpeg', 'video/mp4', 'text/plain', 'application/pdf'])
})

test('what was only told gives way to a dialog; what can be done about, or is wrong, stays', (t) => {
  const notices = new Notices()
  t.teardown(() => notices.dismiss())
  notices.say('Field notes is ready.')
  notices.giveWay()
  t.is(notices.current.get(), null)
  notices.say('a.txt was removed.', 'plain', { label: 'Undo', run() {} })
  notices.giveWay()
  t.is(notices.current.get()?.text, 'a.txt was removed.')
  notices.say('It could not be copied.', 'danger')
  notices.giveWay()
  t.is(notices.current.get()?.tone, 'danger')
})

test('the end of an invite is a day that people say', (t) => {
  const now = new Date(2026, 6, 1, 12).getTime()
  const at = (day: number): number => new Date(2026, 6, day, 18, 30).getTime() / 1000
  const until = (day: number): string => formatUntil(at(day), now)
  t.is(until(1), `today, ${formatClock(at(1))}`)
  t.is(until(2), `tomorrow, ${formatClock(at(2))}`)
  t.absent(/2026/.test(until(7)), 'a day of this week')
  t.ok(/2026/.test(until(20)))
})

test('a copy that is being shown alarms nobody; one that nobody says to have does', (t) => {
  const none = { files: 0, bytes: 0 }
  const safety = (files: number, online: boolean): GroupSafety => ({
    relayKey: 'r',
    state: 'only-here',
    target: 2,
    needed: 1,
    here: { files: 3, bytes: 3 },
    few: { files: 3, bytes: 3 },
    away: none,
    onlyHere: { files: 3, bytes: 3 },
    helpers: [{ pubkey: 'p', name: 'Ivo', online, files }]
  })
  t.ok(isBeingShown(safety(3, true)))
  t.is(toneOf(safety(3, true)), 'wait')
  t.is(toneOf(safety(2, true)), 'only-here')
  t.is(toneOf(safety(3, false)), 'only-here')
})
