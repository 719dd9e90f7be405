import { HypertunaError } from '../../../protocol/errors.ts'
import { BLOCK, makeWay } from './hands.ts'

/** A file's bytes in order, slower while somebody is at work. @throws SOURCE_UNREADABLE */
export async function* bytesOf(file: File): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader()
  try {
    for (let moved = 0; ;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
      moved += value.byteLength
      if (moved < BLOCK) continue
      moved = 0
      await makeWay()
    }
  } catch (error) {
    throw new HypertunaError('SOURCE_UNREADABLE', 'The file could not be read to its end', {
      cause: error
    })
  } finally {
    reader.releaseLock()
  }
}
