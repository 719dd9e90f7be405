import test from 'brittle'

import { HypertunaError } from '../../protocol/errors.ts'
import { addressesOf, listOf, parseFlags, portOf } from '../../protocol/flags.ts'

const names = { values: ['--storage', '--port'], switches: ['--once', '--help'] } as const

test('values with a space or an equals sign, and switches', (t) => {
  const flags = parseFlags(['--storage', '/a b', '--port=0', '--once'], names)
  t.alike([...flags], [['--storage', '/a b'] as const, ['--port', '0'], ['--once', '']])
  t.is(parseFlags(['--storage=--odd=1'], names).get('--storage'), '--odd=1')
  t.ok(parseFlags(['-h'], names).has('--help'))
})

test('what is wrong is named', (t) => {
  const wrong: [string[], RegExp][] = [
    [['--colour'], /unknown argument --colour/],
    [['extra'], /unknown argument extra/],
    [['--storage'], /--storage needs a value/],
    [['--storage='], /--storage needs a value/],
    [['--storage', '--once'], /--storage needs a value/],
    [['--once', '--once'], /--once is given twice/],
    [['--once=yes'], /--once takes no value/]
  ]
  for (const [argv, message] of wrong) {
    t.ok(
      refused(() => parseFlags(argv, names), message),
      argv.join(' ')
    )
  }
})

test('ports, lists and addresses', (t) => {
  t.is(portOf('--port', '65535'), 65535)
  for (const text of ['65536', '-1', '1.5', '1e3', 'x', '']) {
    t.ok(
      refused(() => portOf('--port', text), /--port wants a port/),
      text
    )
  }
  t.ok(
    refused(() => portOf('--port', '0', 1), /--port/),
    'none that is free'
  )
  t.alike(listOf('--relays', 'a, b'), ['a', 'b'])
  t.ok(refused(() => listOf('--relays', 'a,,b'), /--relays/))
  t.alike(addressesOf('--bootstrap', '127.0.0.1:1,[::1]:2'), ['127.0.0.1:1', '[::1]:2'])
  for (const text of ['nowhere', ':1', 'host:', 'host:0', 'host:70000', 'host:1x', 'a b:1', ',']) {
    t.ok(
      refused(() => addressesOf('--bootstrap', text), /--bootstrap wants/),
      text
    )
  }
})

function refused(run: () => unknown, message: RegExp): boolean {
  try {
    run()
    return false
  } catch (err) {
    const error = HypertunaError.from(err)
    return error.code === 'USAGE' && message.test(error.message)
  }
}
