import type { Log } from '../log.ts'

/** One line of JSON on standard error, as the other shells write. */
export const logToConsole: Log = (event, fields = {}) => {
  const time = new Date().toISOString()
  process.stderr.write(JSON.stringify({ time, event, part: 'shell', ...fields }) + '\n')
}
