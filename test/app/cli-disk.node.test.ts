/** The command line on a disk that is full for a while. */
import test from 'brittle'
import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { temporary } from './programs.ts'

const MOUNT = ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']
const canMount = spawnSync('unshare', MOUNT, { stdio: 'ignore' }).status === 0

test(
  'a small disk is filled up and freed: it is said, nothing is lost, and it goes on',
  { skip: !canMount, timeout: 120_000 },
  async (t) => {
    const [disk, elsewhere] = [temporary(t), temporary(t)]
    const script = `mount -t tmpfs -o size=260m tmpfs "$1"; shift; exec "$@"`
    const member = fileURLToPath(new URL('./small-disk.js', import.meta.url).href)
    const command = ['sh', '-c', script, 'sh', disk, process.execPath, member, disk, elsewhere]
    const child = spawn('unshare', ['--mount', ...command], {
      stdio: ['ignore', 'pipe', 'inherit']
    })
    t.teardown(() => child.kill('SIGKILL'))
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
    await new Promise((resolve) => child.on('close', resolve))
    t.alike(text.trim().split('\n'), [
      'put first.bin 0',
      'put into a full disk 1 STORAGE_FULL',
      'get first.bin 0 true',
      'status ready',
      'put second.bin 0',
      'export 0',
      'files first.bin,second.bin',
      'first.bin true',
      'second.bin true',
      'stopped 0'
    ])
  }
)
