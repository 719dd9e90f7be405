/** A few rounds of each fault, every time; `npm run faults` does a hundred. */
import test from 'brittle'

import '../../worker/globals.ts'
import { disk, readOnly } from './disk.ts'
import { kill } from './kill.ts'
import { partition } from './partition.ts'
import { providers } from './providers.ts'
import type { Scene } from './scene.ts'

const SCENES: [string, Scene, number][] = [
  ['killed while it puts, fetches, deletes and imports', kill, 4],
  ['providers that lie, stall and go', providers, 6],
  ['three members, one of whom is cut off', partition, 1],
  ['a small disk, filled and freed', disk, 1],
  ['a disk that can only be read for a while', readOnly, 1]
]

for (const [title, scene, rounds] of SCENES) {
  test(title, { timeout: 150_000 }, async (t) => {
    const progress = (text: string): void => t.comment(text)
    const { failures, skipped, figures } = await scene({ rounds, seed: 20_260, progress })
    t.comment(skipped ?? JSON.stringify(figures))
    t.alike(failures, [])
  })
}
