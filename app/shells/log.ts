import process from 'bare-process'

/** One event of a shell, as one line of JSON. Never secrets, tokens or file names. */
export type Log = (event: string, fields?: Record<string, unknown>) => void

/** Writes to standard error. */
export const logToStderr: Log = (event, fields = {}) => {
  process.stderr.write(
    JSON.stringify({ time: new Date().toISOString(), event, part: 'shell', ...fields }) + '\n'
  )
}
