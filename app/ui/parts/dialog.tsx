import type { ReactNode } from 'react'
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { copy } from '../strings.ts'
import { IconButton } from './button.tsx'
import { useEscape } from './escape.ts'
import { CloseIcon } from './icons.tsx'

interface DialogProps {
  title: string
  onclose: () => void
  /** Whether a click beside the dialog closes it; not where it would lose something */
  light?: boolean
  /** Asks before something is lost */
  alert?: boolean
  /** For what has parts beside each other */
  wide?: boolean
  children: ReactNode
}

export function Dialog(props: DialogProps) {
  const { title, onclose, light = true, alert = false, wide = false, children } = props
  useEscape(true, onclose)
  return (
    <ModalOverlay
      className='scrim'
      isOpen
      isDismissable={light}
      onOpenChange={(open) => {
        if (!open) onclose()
      }}
    >
      <Modal className={wide ? 'modal wide' : 'modal'}>
        <AriaDialog className='dialog' role={alert ? 'alertdialog' : 'dialog'}>
          <div className='dialog-head'>
            <Heading slot='title' level={2}>
              {title}
            </Heading>
            <IconButton label={copy.dialog.close} onPress={onclose}>
              <CloseIcon />
            </IconButton>
          </div>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}
