/** The recipes for an always-on member say only what the program understands. */
import test from 'brittle'
import { existsSync, readFileSync } from 'bare-fs'
import { join } from 'bare-path'
import { fileURLToPath } from 'bare-url'

import { parse } from '../../app/cli/program.ts'
import { VERBS } from '../../app/cli/verbs.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url).href)
const PROGRAM = 'dist/app/hypertuna.js'

/** The verb that a command line of a recipe leads to; it throws for flags that do not exist. */
function verbOf(words: string[]): string {
  const parsed = parse(words, VERBS)
  return typeof parsed === 'string' ? 'help' : parsed.verb.name
}

test('the systemd unit', (t) => {
  const unit = readFileSync(join(root, 'docs/member/hypertuna.service'), 'utf8') as string
  const commands = [...unit.matchAll(/^(?:# )?Exec\w+=.* dist\/app\/hypertuna\.js (.*)$/gm)]
  const words = commands.map(([, rest = '']) => rest.match(/"[^"]*"|\S+/g) ?? [])
  t.alike(words.map(verbOf), ['start', 'unlock'])
  t.ok(existsSync(join(root, PROGRAM)))
})

test('the container', (t) => {
  const recipe = readFileSync(join(root, 'docs/member/Containerfile'), 'utf8') as string
  const lists = [...recipe.matchAll(/^(?:HEALTHCHECK .*)?(?:CMD) (\[.*\])$/gm)].map(
    ([, list = '']) => JSON.parse(list) as string[]
  )
  const words = lists.map((list) => (list[0] === 'node' ? list.slice(2) : list))
  t.alike(words.map(verbOf), ['status', 'start'])
  for (const [, path = ''] of recipe.matchAll(/\/app\/(dist\S+\.js)/g)) t.is(path, PROGRAM)
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8') as string)
  t.ok('bare-runtime' in dependencies, 'what stays without development brings Bare')
})

test('what the documentation calls, there is', (t) => {
  const text = readFileSync(join(root, 'docs/command-line.md'), 'utf8') as string
  for (const { name } of VERBS) t.ok(text.includes(name), name)
})
