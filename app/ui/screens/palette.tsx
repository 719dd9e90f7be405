import { useId, useState, type KeyboardEvent } from 'react'
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { useApp } from '../state/app.ts'
import { copy } from '../strings.ts'
import { useEscape } from '../parts/escape.ts'
import { SearchIcon } from '../parts/icons.tsx'
import { useCommands, type Command } from './commands.tsx'
import { rank } from './ranking.ts'

const MOST_SHOWN = 12

/** Goes to a group or does something, by a few letters of its name. */
export function Palette({ onclose }: { onclose: () => void }) {
  const app = useApp()
  const id = useId()
  const commands = useCommands()
  const [words, setWords] = useState('')
  const [at, setAt] = useState(0)
  useEscape(true, onclose)
  const found = rank(commands, words).slice(0, MOST_SHOWN)
  const marked = Math.min(at, found.length - 1)

  const run = (command: Command | undefined) => {
    if (command !== undefined) app.afterDialog(command.run)
  }
  const onkey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined && found.length > 0) {
      event.preventDefault()
      setAt((marked + step + found.length) % found.length)
    } else if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
      event.preventDefault()
      run(found[marked])
    }
  }

  return (
    <ModalOverlay className='scrim palette-place' isOpen isDismissable onOpenChange={onclose}>
      <Modal className='modal'>
        <AriaDialog className='palette'>
          <Heading slot='title' level={2} className='hidden-text'>
            {copy.palette.label}
          </Heading>
          <div className='palette-search'>
            <SearchIcon />
            <input
              role='combobox'
              aria-label={copy.palette.label}
              aria-expanded={found.length > 0}
              aria-controls={`${id}-list`}
              aria-activedescendant={found[marked] && `${id}-${marked}`}
              aria-autocomplete='list'
              placeholder={copy.palette.placeholder}
              value={words}
              autoFocus
              onChange={(event) => {
                setWords(event.currentTarget.value)
                setAt(0)
              }}
              onKeyDown={onkey}
            />
          </div>
          <ul id={`${id}-list`} role='listbox' aria-label={copy.palette.results}>
            {found.map((command, index) => (
              <li
                key={command.id}
                id={`${id}-${index}`}
                role='option'
                aria-selected={index === marked}
                onPointerMove={() => setAt(index)}
                onClick={() => run(command)}
              >
                {command.icon}
                <bdi>{command.label}</bdi>
                <CommandSide command={command} />
              </li>
            ))}
          </ul>
          {found.length === 0 && (
            <p className='muted' role='status'>
              {copy.palette.none}
            </p>
          )}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}

/** The keys that do the same; a group says that it is one, and what is done needs no word. */
function CommandSide({ command }: { command: Command }) {
  if (command.keys === undefined) {
    return command.kind === copy.palette.group ? <small>{command.kind}</small> : null
  }
  return (
    <span className='command-keys'>
      {command.keys.split(' ').map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </span>
  )
}
