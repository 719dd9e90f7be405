import type { ReactNode } from 'react'
import { Button as AriaButton, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import { MoreIcon } from './icons.tsx'

export interface MenuEntry {
  label: string
  icon?: ReactNode
  /** Whether it takes something away */
  danger?: boolean
  run: () => void
}

/** Three dots that open what can be done with the thing beside them. */
export function MenuButton({ label, entries }: { label: string; entries: MenuEntry[] }) {
  return (
    <MenuTrigger>
      <AriaButton className='button icon quiet more' aria-label={label}>
        <MoreIcon />
      </AriaButton>
      <Popover className='popover' placement='bottom end'>
        <Menu
          className='menu'
          aria-label={label}
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
    </MenuTrigger>
  )
}
