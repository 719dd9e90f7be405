import type { Duplex } from 'streamx'

/** Ties two streams together, for as long as both live; neither's failure is anyone else's. */
export function link(one: Duplex, other: Duplex): void {
  for (const [from, to] of [
    [one, other],
    [other, one]
  ] as const) {
    from.on('error', () => undefined) // 'close' follows
    from.on('data', (bytes) => {
      if (!to.destroying && !to.write(bytes)) from.pause()
    })
    from.on('end', () => {
      if (!to.destroying) to.end(null)
    })
    to.on('drain', () => from.resume())
    from.on('close', () => {
      if (!to.destroying) to.destroy()
    })
  }
}
