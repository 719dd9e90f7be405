import { useEffect, useState } from 'react'
import type { Relay } from '../../../protocol/rpc/generated/types.ts'
import { carriesFiles, filesOfDrop, filesOfPaste } from '../intake/choose.ts'
import { AddIcon } from '../parts/icons.tsx'
import { plainName } from '../plain-text.ts'
import { useApp } from '../state/app.ts'
import { copy } from '../strings.ts'
import { useAttach } from './attach.ts'

/**
 * Files dropped anywhere on the window, or pasted anywhere, are attached. Native events, because
 * React Aria's drop zone takes neither pasted screenshots nor drops beside it.
 */
export function DropTarget({ relay }: { relay: Relay }) {
  const app = useApp()
  const attach = useAttach(relay.relayKey)
  const [over, setOver] = useState(false)

  useEffect(() => {
    const controller = new AbortController()
    const { signal } = controller
    const ondrag = (event: DragEvent) => {
      if (!carriesFiles(event.dataTransfer)) return
      event.preventDefault()
      setOver(app.dialog.get() === null)
    }
    const onleave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false)
    }
    const ondrop = (event: DragEvent) => {
      if (!event.dataTransfer || !carriesFiles(event.dataTransfer)) return
      event.preventDefault()
      setOver(false)
      if (app.dialog.get() !== null) return
      const files = filesOfDrop(event.dataTransfer)
      app.attempt(async () => attach(await files))
    }
    const onpaste = (event: ClipboardEvent) => {
      if (!event.clipboardData || !carriesFiles(event.clipboardData)) return
      if (app.dialog.get() !== null) return
      event.preventDefault()
      attach(filesOfPaste(event.clipboardData, copy.composer.pastedImage))
    }
    addEventListener('dragenter', ondrag, { signal })
    addEventListener('dragover', ondrag, { signal })
    addEventListener('dragleave', onleave, { signal })
    addEventListener('drop', ondrop, { signal })
    addEventListener('paste', onpaste, { signal })
    return () => controller.abort()
  }, [app, attach])

  if (!over) return null
  return (
    <div className='drop-target' aria-hidden='true'>
      <p>
        <AddIcon />
        {copy.composer.drop(plainName(relay.name))}
      </p>
    </div>
  )
}
