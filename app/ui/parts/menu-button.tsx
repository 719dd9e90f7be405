import { type KeyboardEvent, type ReactNode, type RefObject } from 'react'
import { Menu, MenuItem, Popover } from 'react-aria-components'
import { MoreIcon } from './icons.tsx'
import { useOpenedBy } from './opened-by.ts'

export interface MenuEntry {
  label: string
  icon?: ReactNode
  /** Whether it takes something away */
  danger?: boolean
  run: () => void
}

interface MenuButtonProps {
  label: string
  /** Or what makes them, once they are wanted */
  entries: MenuEntry[] | (() => MenuEntry[])
  /** Its tabindex, where a list has one place for the Tab key */
  reach?: number
}

/**
 * Three dots that open what can be done with the thing beside them. Lists have one on each row,
 * so until it is pressed it is a plain button and nothing more.
 */
export function MenuButton({ label, entries, reach }: MenuButtonProps) {
  const { button, isOpen, open, close } = useOpenedBy<HTMLButtonElement>()
  const onkey = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowDown' || isOpen) return
    event.preventDefault()
    event.stopPropagation()
    open()
  }
  return (
    <>
      <button
        ref={button}
        type='button'
        className='button icon quiet more'
        aria-label={label}
        aria-haspopup='menu'
        aria-expanded={isOpen}
        tabIndex={reach}
        onClick={open}
        onKeyDown={onkey}
      >
        <MoreIcon />
      </button>
      {isOpen && (
        <OpenMenu
          label={label}
          entries={typeof entries === 'function' ? entries() : entries}
          button={button}
          onclose={close}
        />
      )}
    </>
  )
}

interface OpenMenuProps {
  label: string
  entries: MenuEntry[]
  button: RefObject<HTMLButtonElement | null>
  onclose: () => void
}

function OpenMenu({ label, entries, button, onclose }: OpenMenuProps) {
  return (
    <Popover
      className='popover'
      placement='bottom end'
      triggerRef={button}
      isOpen
      onOpenChange={(open) => !open && onclose()}
    >
      <Menu
        className='menu'
        aria-label={label}
        autoFocus='first'
        onClose={onclose}
        onAction={(key) => entries.find((entry) => entry.label === key)?.run()}
      >
        {entries.map((entry) => (
          <MenuItem
            key={entry.label}
            id={entry.label}
            textValue={entry.label}
            className={entry.danger ? 'danger' : ''}
          >
            {entry.icon}
            {entry.label}
          </MenuItem>
        ))}
      </Menu>
    </Popover>
  )
}
