/** Packs a compiled program of ours, for tests that run on Node. Usage: bare … <entry> <out> */
import process from 'bare-process'
import { fileURLToPath } from 'bare-url'
import { packProgram } from '../../app/release/graph.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url).href).replace(/[/\\]$/, '')
const [entry = '', out = ''] = process.argv.slice(2)
const platforms = [`${process.platform}-${process.arch}`]
await packProgram(entry, out, { root, platforms, runtime: 'bare' })
