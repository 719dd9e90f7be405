import { HypertunaError } from '../../../protocol/errors.ts'

/** A file's bytes in order. @throws SOURCE_UNREADABLE */
export async function* bytesOf(file: File): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } catch (error) {
    throw new HypertunaError('SOURCE_UNREADABLE', 'The file could not be read to its end', {
      cause: error
    })
  } finally {
    reader.releaseLock()
  }
}
