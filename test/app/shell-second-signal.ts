/** Ends with 3 when it is interrupted, and is interrupted again on its way out. */
import { kill, constants } from 'bare-os'
import process from 'bare-process'

process.on('SIGINT', () => process.exit(3))
Bare.on('exit', () => {
  process.removeAllListeners('SIGINT') // as all of them are let go a moment later
  kill(process.pid, constants.signals.SIGINT)
})
setInterval(() => {}, 60_000)
process.stdout.write('up\n')
