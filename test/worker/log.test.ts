import test from 'brittle'
import { HypertunaError } from '../../protocol/errors.ts'
import { createLog } from '../../worker/log.ts'

test('a log line is JSON with its event first to find, keys cut and errors by their code', (t) => {
  const lines: string[] = []
  const log = createLog({ part: 'drive' }, (line) => lines.push(line))
  const err = new HypertunaError('STORAGE_FULL', 'The disk is full', { cause: new Error('x') })
  log('stored', { hash: 'ab'.repeat(32), keys: ['cd'.repeat(32)], size: 12, err })
  t.is(lines.length, 1)
  const [line = ''] = lines
  t.ok(line.endsWith('}\n') && line.indexOf('\n') === line.length - 1, 'one line')
  const { time, ...fields } = JSON.parse(line)
  t.ok(Math.abs(Date.parse(time) - Date.now()) < 10_000)
  t.alike(fields, {
    event: 'stored',
    part: 'drive',
    hash: 'abababab',
    keys: ['cdcdcdcd'],
    size: 12,
    err: { code: 'STORAGE_FULL', message: 'The disk is full' }
  })
})
