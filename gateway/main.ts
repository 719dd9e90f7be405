/** The gateway's entry: reads the command line, starts, says where it listens, and ends cleanly. */
import process from 'bare-process'
import { HypertunaError } from '../protocol/errors.ts'
import { exitWith } from '../protocol/exit.ts'
import { outliveReaders } from '../protocol/outlive-readers.ts'
import { HELP, readConfig } from './config.ts'
import { Gateway } from './gateway.ts'
import { createLog } from './log.ts'

const CLOSE_WITHIN = 1_900

outliveReaders(process)
const log = createLog()

async function main(): Promise<void> {
  const config = await readConfig(process.argv.slice(2))
  if (config === null) {
    console.log(HELP.trimEnd())
    return
  }
  const gateway = new Gateway(config, { log })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void stop(gateway, signal, config.drain))
  }
  await gateway.ready()
  console.log(`ready ${gateway.url}`)
  const { url, gatewayKey } = gateway
  log('ready', { url, gatewayKey })
}

let stopping = false

/** The first signal lets running answers end, a second one ends them. */
async function stop(gateway: Gateway, signal: string, drain: number): Promise<void> {
  if (stopping) return void close(gateway)
  stopping = true
  log('stopping', { signal })
  setTimeout(() => {
    log('stopped late')
    process.exit(0)
  }, drain + CLOSE_WITHIN)
  await gateway.drain()
  await close(gateway)
}

async function close(gateway: Gateway): Promise<void> {
  try {
    await gateway.close()
  } catch (err) {
    log('close failed', { error: err })
  }
  await exitWith(0, process)
}

main().catch(async (err: unknown) => {
  if (stopping) return // it was stopped while it started, and ends well
  const { code, message } = HypertunaError.from(err)
  const wrong = code === 'USAGE'
  console.error(`${message}${wrong ? '; --help lists what there is' : ''} (${code})`)
  await exitWith(wrong ? 2 : 1, process)
})
