/**
 * `pear run` (Pear v2): the window by pear-electron, its files by pear-bridge, the
 * worker by pear-run. index.js in the deployed folder imports this.
 *
 * Arguments: [--storage DIR] [--bootstrap HOST:PORT,…] [--local-port N]
 */
import process from 'bare-process'
import Bridge from 'pear-bridge'
import Runtime from 'pear-electron'
import run from 'pear-run'
import { HypertunaError } from '../../../protocol/errors.ts'
import { outliveReaders } from '../../../protocol/outlive-readers.ts'
import { KeptWorker, type Launched } from '../kept-worker.ts'
import { logToStderr as log } from '../log.ts'
import { UserConfig } from '../user-config.ts'
import { pearArgs } from './args.ts'
import { pearUpdates } from './updates.ts'
import { PearShell } from './shell.ts'

const WORKER = './worker/main.js'

outliveReaders(process)
const pear = globalThis.Pear
if (pear?.config === undefined) throw new HypertunaError('USAGE', 'Start this by `pear run`')
// From disk each link has a random storage, and the worker's is not the app's: it is passed.
const { storage, argv } = pearArgs(pear.config.args, pear.config.storage)

function launch(): Launched {
  const pipe = run(WORKER, argv)
  let code = 0
  pipe.on(
    'crash' as 'close',
    (({ exitCode }: { exitCode: number }) => {
      code = exitCode
    }) as never
  )
  pipe.on('error', () => undefined) // 'close' follows
  const exited = new Promise<number>((resolve) => pipe.on('close', () => resolve(code)))
  return {
    pipe,
    exited,
    async kill() {
      pipe.destroy() // Pear ends a worker whose pipe is gone
    }
  }
}

const bridge = new Bridge({ waypoint: '/index.html' })
await bridge.ready()
const pipe = await new Runtime().start({ bridge })

const shell: PearShell = new PearShell({
  pipe,
  worker: new KeptWorker(launch, log),
  userConfig: new UserConfig(storage),
  log,
  updates: pearUpdates(pear, () => shell.close())
})
// Before pear-electron's own, which takes away what Pear's streams and the bridge run on.
pear.teardown(async () => {
  pipe.end(null)
  await shell.close()
  await bridge.close()
}, -1)
pipe.on('error', () => undefined) // 'close' follows
pipe.on('close', () => pear.exit())
await shell.ready()
