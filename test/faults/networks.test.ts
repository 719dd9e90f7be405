/** One cut, every time; `npm run faults` does more. */
import test from 'brittle'

import '../../worker/globals.ts'
import { cut } from './cut.ts'

const title = 'three members in networks of their own, one of whom loses its link'

test(title, { timeout: 150_000 }, async (t) => {
  const progress = (text: string): void => t.comment(text)
  const { failures, skipped, figures } = await cut({ rounds: 1, seed: 20_260, progress })
  t.comment(skipped ?? JSON.stringify(figures))
  t.alike(failures, [])
})
