/** A program that was put into one file does what its modules did, wherever it then lies. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'brittle'

import { bareBinary } from '../../app/bare-binary.ts'
import { oneHigher } from '../../app/build/head.ts'
import { makeOneFiles } from '../../app/build/one-file.ts'

const project = fileURLToPath(new URL('../../../', import.meta.url))
/** bare-fs has native code, and bare-posix, of bare-process, is another one on Windows. */
const MODULES = {
  'package.json': '{ "type": "module" }',
  'dist/main.js': `
    import fs from 'bare-fs'
    import process from 'bare-process'
    import { place } from './deep/place.js'
    const { later } = await import('./deep/later.js')
    console.log(fs.readFileSync(new URL('../said', place), 'utf8'), process.getuid?.(), later)`,
  'dist/deep/place.js': 'export const place = import.meta.url',
  'dist/deep/later.js': "export const later = 'later'",
  'dist/said': 'said'
}

test('a program in one file', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'hypertuna-one-file-'))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(MODULES)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'))
  const main = join(root, 'dist/main.js')
  const loose = run(main)
  t.is(loose, `said ${process.getuid?.()} later\n`)

  await makeOneFiles(root, ['dist/main.js'])
  rmSync(join(root, 'dist/deep'), { recursive: true })
  t.is(run(main), loose, 'it needs its modules no more, and finds what lies beside them')
  const made = readFileSync(main, 'utf8')
  await makeOneFiles(root, ['dist/main.js'])
  t.is(readFileSync(main, 'utf8'), made, 'what is one file already stays as it is')

  writeFileSync(join(root, 'main.js'), oneHigher(made))
  writeFileSync(join(root, 'said'), 'said')
  t.is(run(join(root, 'main.js')), loose, 'also beside node_modules, as it is deployed')
  t.is(
    oneHigher('import a from "../../node_modules/a.js"'),
    'import a from "../../node_modules/a.js"'
  )
})

test('a module that is nowhere is told of, and the program left as it was', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'hypertuna-one-file-'))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  const text = "import './gone.js'"
  writeFileSync(join(root, 'main.js'), text)
  await t.exception(makeOneFiles(root, ['main.js']), /gone\.js/)
  t.is(readFileSync(join(root, 'main.js'), 'utf8'), text)
})

function run(path: string): string {
  const { stdout, stderr } = spawnSync(bareBinary(), [path], { encoding: 'utf8' })
  return stdout + stderr
}
