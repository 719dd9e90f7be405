/** Where the rows of a long list lie, where keys lead in it, and what is selected. */
import test from 'brittle'

import { GridChoice } from '../../app/ui/parts/grid-choice.ts'
import {
  cardShape,
  heightOf,
  leadsTo,
  placeOf,
  rowShape,
  windowOf
} from '../../app/ui/parts/grid-shape.ts'

const COUNT = 10_000
const CARD = { least: [188, 216], most: [264, 280], space: 12 } as const

test('of ten thousand rows only those in sight and a few around are in the page', (t) => {
  const rows = rowShape(800, 56)
  t.is(heightOf(rows, COUNT), 560_000)
  for (const top of [0, 5600, 280_000, 560_000 - 600]) {
    const [from, to] = windowOf(rows, COUNT, { top, height: 600 })
    t.ok(to - from < 40, `${to - from} at ${top}`)
    t.ok(from * 56 <= top && (to * 56 >= top + 600 || to === COUNT), 'all that is seen is drawn')
  }
  t.alike(windowOf(rows, 0, { top: 0, height: 600 }), [0, 0])
})

test('cards fill the width, and grow until one more fits', (t) => {
  for (const width of [180, 320, 640, 1000, 1900]) {
    const shape = cardShape(width, CARD)
    const { x } = placeOf(shape, shape.columns - 1)
    t.ok(x + shape.width <= width, `${shape.columns} beside each other in ${width}`)
    t.ok(shape.width <= 264)
  }
  const shape = cardShape(1000, CARD)
  const first = placeOf(shape, 0)
  const below = placeOf(shape, shape.columns)
  t.is(below.x, first.x)
  t.is(below.y - first.y, shape.height + 12)
})

test('keys lead from row to row, from card to card, and no further than the ends', (t) => {
  const rows = { columns: 1, count: 30, page: 10 }
  t.is(leadsTo('ArrowDown', 0, rows), 1)
  t.is(leadsTo('ArrowUp', 0, rows), null)
  t.is(leadsTo('ArrowRight', 3, rows), null, 'left and right go into a row')
  t.is(leadsTo('PageDown', 5, rows), 15)
  t.is(leadsTo('PageDown', 25, rows), 29)
  t.is(leadsTo('PageUp', 5, rows), 0)
  t.is(leadsTo('Home', 9, rows), 0)
  t.is(leadsTo('End', 9, rows), 29)
  const cards = { columns: 4, count: 10, page: 2 }
  t.is(leadsTo('ArrowRight', 3, cards), 4)
  t.is(leadsTo('ArrowDown', 1, cards), 5)
  t.is(leadsTo('ArrowDown', 7, cards), 9, 'to the last, where none is straight below')
  t.is(leadsTo('ArrowDown', 9, cards), null)
  t.is(leadsTo('x', 1, cards), null)
  t.is(leadsTo('End', 0, { ...cards, count: 0 }), null)
})

test('a range follows the last press, and goes where it is drawn to', (t) => {
  let selected: ReadonlySet<string> = new Set()
  const choice = new GridChoice(
    () => selected,
    (keys) => (selected = keys)
  )
  const keys = ['a', 'b', 'c', 'd', 'e', 'f']
  choice.toggle('b')
  choice.extend('d', keys)
  t.alike([...selected], ['b', 'c', 'd'])
  choice.extend('c', keys)
  t.alike([...selected], ['b', 'c'], 'back again')
  choice.toggle('f')
  choice.extend('e', keys)
  t.alike([...selected].sort(), ['b', 'c', 'e', 'f'], 'beside what was selected before')
  choice.toggle('b')
  t.absent(selected.has('b'))
  choice.all(keys)
  t.is(selected.size, 6)
  choice.clear()
  choice.begin('c')
  choice.extend('d', keys)
  t.alike([...selected], ['c', 'd'], 'by keys it begins where one was')
})
