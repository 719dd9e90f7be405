import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bareBinary } from '../../app/bare-binary.ts'
import { launchSidecar } from '../../app/shells/electron/sidecar.ts'
import { workerPipeContract } from './worker-pipe.ts'

const packer = fileURLToPath(new URL('./pack-program.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'hypertuna-sidecar-'))
const bundle = join(folder, 'small-worker.bundle')
execFileSync(bareBinary(), [packer, 'dist/test/app/small-worker.js', bundle])
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

workerPipeContract(
  "pear-runtime's sidecar",
  (storage) => () => launchSidecar(bundle, ['--storage', storage], () => undefined),
  async (path) => existsSync(path)
)
