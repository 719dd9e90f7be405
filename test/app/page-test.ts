/** Tests of pages: when one throws, it tells what was to be seen. */
import brittle from 'brittle'
import type { Assert, TestOptions } from 'brittle'

import { evidence, forget } from './evidence.ts'

export default function test(
  name: string,
  options: TestOptions,
  run: (t: Assert) => unknown
): Promise<boolean> {
  return brittle(name, options, async (t) => {
    forget()
    try {
      await run(t)
    } catch (err) {
      process.stderr.write(await evidence())
      throw err
    }
  })
}
