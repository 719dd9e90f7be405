import test from 'brittle'
import { ERROR_CODES, HypertunaError, isErrorCode } from '../../protocol/errors.ts'

test('an error has a code of the closed list, a message, details and a cause', (t) => {
  const cause = new Error('disk')
  const err = new HypertunaError('STORAGE_FULL', 'Free some space', {
    cause,
    details: { needed: 10 }
  })
  t.ok(err instanceof Error)
  t.is(err.name, 'HypertunaError')
  t.is(err.code, 'STORAGE_FULL')
  t.is(err.message, 'Free some space')
  t.is(err.cause, cause)
  t.alike(err.details, { needed: 10 })
  t.ok(err.stack)
})

test('what crosses the pipe has neither stack nor cause', (t) => {
  const err = new HypertunaError('BUSY', 'Try again', { cause: new Error('secret') })
  t.alike(JSON.parse(JSON.stringify(err)), { code: 'BUSY', message: 'Try again' })
  const detailed = new HypertunaError('TOO_LARGE', 'Shorten it', { details: { limit: 1, of: 'a' } })
  t.alike(JSON.parse(JSON.stringify(detailed)), {
    code: 'TOO_LARGE',
    message: 'Shorten it',
    details: { limit: 1, of: 'a' }
  })
})

test('codes are unique and recognised', (t) => {
  t.is(new Set(ERROR_CODES).size, ERROR_CODES.length)
  t.ok(ERROR_CODES.every(isErrorCode))
  for (const other of ['ENOENT', '', 'busy', null, undefined, 1, {}]) t.absent(isErrorCode(other))
})

test('from leaves our own errors as they are', (t) => {
  const err = new HypertunaError('DELETED', 'gone')
  t.is(HypertunaError.from(err), err)
  t.is(HypertunaError.from(err, 'BUSY'), err)
})

test('from rebuilds an error that crossed a pipe', (t) => {
  const crossed = Object.assign(new Error('Ask an admin'), { code: 'NOT_ALLOWED' })
  const err = HypertunaError.from(crossed)
  t.ok(err instanceof HypertunaError)
  t.is(err.code, 'NOT_ALLOWED')
  t.is(err.message, 'Ask an admin')
  t.is(err.cause, crossed)

  const json = JSON.parse(
    JSON.stringify(new HypertunaError('NOT_HELD', 'ask her', { details: { holder: 'x' } }))
  )
  t.alike(HypertunaError.from(json).toJSON(), json)
})

test('from gives a stranger the fallback, and keeps it as the cause', (t) => {
  const system = Object.assign(new Error('no such file'), { code: 'ENOENT' })
  t.is(HypertunaError.from(system).code, 'INTERNAL')
  const err = HypertunaError.from(system, 'SOURCE_UNREADABLE')
  t.is(err.code, 'SOURCE_UNREADABLE')
  t.is(err.message, 'no such file')
  t.is(err.cause, system)
})

test('from knows an abort', (t) => {
  const abort = Object.assign(new Error('aborted'), { name: 'AbortError', code: 'ABORT_ERR' })
  t.is(HypertunaError.from(abort).code, 'CANCELLED')
})

test('from takes whatever was thrown', (t) => {
  for (const thrown of [
    null,
    undefined,
    '',
    'text',
    7,
    {},
    [],
    Symbol('s'),
    () => {},
    { code: 5 }
  ]) {
    const err = HypertunaError.from(thrown)
    t.is(err.code, 'INTERNAL')
    t.ok(err.message.length > 0)
  }
  t.is(HypertunaError.from('text').message, 'text')
  const nested = HypertunaError.from({ code: 'BUSY', message: 'm', details: { a: { b: 1 } } })
  t.is(nested.details, undefined, 'details that are no plain facts are left out')
})
