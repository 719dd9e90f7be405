import { useEffect, useState } from 'react'
import type { FileHolders, SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { useApp } from '../state/app.ts'
import { explain } from '../strings.ts'

/** Who says to have a file, asked anew whenever what is known of its copies has changed. */
export function useHolders(relayKey: string, file: SharedFile) {
  const app = useApp()
  const { hash, here, providers, online, proven, holders, lastSeen } = file
  const [known, setKnown] = useState<FileHolders | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const turn = [here, providers, online, proven, holders, lastSeen].join()
  useEffect(() => {
    let shown = true
    app.session.call('fileHolders', { relayKey, hash }).then(
      (answer) => {
        if (!shown) return
        setKnown(answer)
        setProblem(null)
      },
      (error: unknown) => shown && setProblem(explain(error))
    )
    return () => {
      shown = false
    }
  }, [app, relayKey, hash, turn])
  return { known, problem }
}
