import { Duplex } from 'streamx'

/** Two ends of a pipe in memory, on whatever runs this. */
export function streamPair(): { near: Duplex; far: Duplex } {
  const near: Duplex = end(() => far)
  const far: Duplex = end(() => near)
  return { near, far }
}

function end(other: () => Duplex): Duplex {
  return new Duplex({
    eagerOpen: true,
    write(bytes: unknown, callback: (err: Error | null) => void) {
      other().push(bytes)
      callback(null)
    },
    final(callback: (err: Error | null) => void) {
      other().push(null)
      callback(null)
    },
    predestroy() {
      if (!other().destroying) other().destroy()
    }
  } as never)
}
