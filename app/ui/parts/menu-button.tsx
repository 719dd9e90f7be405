import {
  useLayoutEffect,
  useRef,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  type RefObject
} from 'react'
import { MoreIcon } from './icons.tsx'
import { useOpenedBy } from './opened-by.ts'
import { Popup } from './popup.tsx'

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
  /** What is on it; without it three dots, which the label explains */
  children?: ReactNode
}

/**
 * A button that opens what can be done with the thing beside it. Lists have one on each row, so
 * until it is pressed it is a plain button and nothing more.
 */
export function MenuButton({ label, entries, reach, children }: MenuButtonProps) {
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
        className={children === undefined ? 'button icon quiet more' : 'button quiet'}
        aria-label={children === undefined ? label : undefined}
        aria-haspopup='menu'
        aria-expanded={isOpen}
        tabIndex={reach}
        onClick={open}
        onKeyDown={onkey}
      >
        {children ?? <MoreIcon />}
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
  const menu = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => menu.current?.querySelector('button')?.focus(), [])
  const onkey = (event: KeyboardEvent<HTMLDivElement>) => {
    // Tab goes on from the button
    if (event.key === 'Tab') return onclose()
    if (walks(event)) event.preventDefault()
    // What is around it has nothing to do with what is pressed in it
    if (!event.ctrlKey && !event.metaKey && event.key !== 'Escape') event.stopPropagation()
  }
  const onmove = ({ target, pointerType }: PointerEvent) => {
    const item = (target as Element).closest<HTMLElement>('[role=menuitem]')
    if (pointerType === 'mouse' && item !== document.activeElement) item?.focus()
  }
  return (
    <Popup button={button} onclose={onclose}>
      <div
        ref={menu}
        role='menu'
        className='menu'
        aria-label={label}
        onKeyDown={onkey}
        onPointerMove={onmove}
      >
        {entries.map(({ label, icon, danger, run }) => (
          <button
            key={label}
            type='button'
            role='menuitem'
            className={danger ? 'danger' : undefined}
            tabIndex={-1}
            onClick={() => {
              onclose()
              run()
            }}
          >
            {icon}
            {label}
          </button>
        ))}
      </div>
    </Popup>
  )
}

/** Goes to another item by an arrow, by Home or End, or by the first letter; whether a key does. */
function walks({ key, currentTarget, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey || altKey) return false
  const items = [...currentTarget.querySelectorAll<HTMLElement>('[role=menuitem]')]
  const at = items.indexOf(document.activeElement as HTMLElement)
  const to = leadsTo(key, at, items)
  to?.focus()
  return to !== undefined
}

function leadsTo(key: string, at: number, items: HTMLElement[]): HTMLElement | undefined {
  if (key === 'ArrowDown') return items[(at + 1) % items.length]
  if (key === 'ArrowUp') return items.at(at - 1 < 0 ? -1 : at - 1)
  if (key === 'Home') return items[0]
  if (key === 'End') return items.at(-1)
  if (key.length !== 1 || key === ' ') return undefined
  const letter = key.toLocaleLowerCase()
  const after = [...items.slice(at + 1), ...items.slice(0, at + 1)]
  return after.find(({ textContent }) => textContent.trim().toLocaleLowerCase().startsWith(letter))
}
