import test from 'brittle'
import { mkdir, symlink, writeFile } from 'bare-fs/promises'
import { join } from 'bare-path'
import process from 'bare-process'
import { spawnSync } from 'bare-subprocess'
import { fileURLToPath, URL } from 'bare-url'

import { Report } from '../../app/demo/report.ts'
import { describeLeftOut, findFiles, hashFiles } from '../../app/demo/sources.ts'
import { HypertunaError } from '../../protocol/errors.ts'

const MAIN = fileURLToPath(new URL('../../app/demo/main.js', import.meta.url))

test('what is published of a folder, and what is left out', async (t) => {
  const folder = await t.tmp()
  await mkdir(join(folder, 'below'))
  for (const name of ['b.txt', 'a.png', 'below/c', '.hidden']) await write(folder, name)
  await symlink(join(folder, 'b.txt'), join(folder, 'link'))
  const found = await findFiles(folder)
  const names = (await hashFiles(found)).map(({ name, mime, size }) => [name, mime, size])
  t.alike(names, [
    ['a.png', 'image/png', 5],
    ['b.txt', 'text/plain', 5],
    ['c', null, 7]
  ])
  t.alike(describeLeftOut(found), ['left out: 1 hidden, 1 by symbolic link'])
})

test('more than 500 files are cut, and that is said', async (t) => {
  const folder = await t.tmp()
  for (let i = 0; i < 503; i++) await write(folder, `file-${i}`)
  const found = await findFiles(folder)
  t.is(found.files.length, 500)
  t.alike(describeLeftOut(found), ['left out: 3 beyond the first 500'])
})

test('a folder that cannot be published is said before anything starts', async (t) => {
  const folder = await t.tmp()
  await write(folder, '.hidden')
  const wrong: [string[], RegExp][] = [
    [['--folder', MAIN], /is not a directory/],
    [['--folder', join(folder, 'none')], /does not exist/],
    [['--folder', folder], /has no files to publish; left out: 1 hidden/],
    [['--folder', '--once'], /--folder needs a value/]
  ]
  for (const [args, words] of wrong) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args])
    t.is(status, 2, args.join(' '))
    t.is(String(stdout), '', 'nothing was started')
    t.ok(words.test(String(stderr)), String(stderr))
    t.is(String(stderr).trim().split('\n').length, 1)
  }
  const here = await findFiles(MAIN).catch((err: unknown) => HypertunaError.from(err).code)
  t.is(here, 'USAGE')
})

test('links beyond the first five are counted, and how it ends is said', (t) => {
  const lines: string[] = []
  const report = new Report(false, (text) => lines.push(text))
  const program = { pid: 1, url: 'http://127.0.0.1:1/', log: () => '', stop: async () => 0 }
  const bootstrap = '127.0.0.1:7'
  const stage = { members: [], gateway: program, folder: '/somewhere', bootstrap }
  const files = Array.from({ length: 8 }, (_, i) => ({
    ...{ path: '', mime: null, size: 1 },
    ...{ name: `file-${i}`, hash: String(i).repeat(64) }
  }))
  report.open(stage, { publicIdentifier: 'npub1x:notes' }, files)
  const text = lines.join('\n')
  t.is(text.match(/\/drive\/npub1x:notes\//g)?.length, 5)
  t.ok(text.includes('… and 3 more'))
  t.ok(text.includes('--bootstrap 127.0.0.1:7'), 'how one more joins them')
  t.ok(text.includes('Ctrl-C') && text.includes('/somewhere'))
})

function write(folder: string, name: string): Promise<unknown> {
  return writeFile(join(folder, name), name)
}
