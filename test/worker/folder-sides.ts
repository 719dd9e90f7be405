/** Two members, each with a folder that is linked to their group. */
import { hashed, hashesOf, makeFolder, sorted } from './folder-fixture.ts'
import type { Contents } from './folder-fixture.ts'
import { localDht, until } from './member.ts'
import type { TestContext } from './member.ts'
import { startWhole, together } from './whole.ts'
import type { Whole } from './whole.ts'

export interface Side {
  whole: Whole
  folder: string
}

export const link = (
  { whole, folder }: Side,
  relayKey: string,
  acceptDeletions = false
): Promise<unknown> => whole.calls.linkFolder({ relayKey, folder, acceptDeletions })

/** Resolves when the folder's files are what `holds` wants; looked at whenever the folder was. */
export async function eventually(
  { whole, folder }: Side,
  holds: (found: Record<string, string>) => boolean
): Promise<void> {
  const { folders } = whole.worker.use()
  await until(() => holds(hashesOf(folder)), folders)
}

export async function has(contents: Contents, ...sides: Side[]): Promise<void> {
  const wanted = JSON.stringify(sorted(hashed(contents)))
  await Promise.all(
    sides.map((side) => eventually(side, (found) => JSON.stringify(sorted(found)) === wanted))
  )
}

export function viewOf({ whole, folder }: Side): {
  state: string
  problem: unknown
  files: number
} {
  const { folders } = whole.worker.use()
  return folders.list().find(({ entry }) => entry.path === folder)!.view
}

/** Two members, each with a linked folder. */
export async function sides(
  t: TestContext,
  first: Contents = {},
  second: Contents = {}
): Promise<{ mara: Side; ivo: Side; relayKey: string }> {
  const bootstrap = await localDht(t)
  const mara = { whole: await startWhole(t, bootstrap), folder: await makeFolder(t, first) }
  const ivo = { whole: await startWhole(t, bootstrap), folder: await makeFolder(t, second) }
  const { relayKey } = await together(mara.whole, [ivo.whole])
  await link(mara, relayKey)
  await link(ivo, relayKey)
  return { mara, ivo, relayKey }
}
