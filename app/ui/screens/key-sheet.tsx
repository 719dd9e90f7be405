import { Dialog } from '../parts/dialog.tsx'
import { copy } from '../strings.ts'
import { KEYS, MODIFIER } from './shortcuts.ts'

type Entry = keyof typeof copy.keys.list

const SHOWN: [Entry, string][] = [
  ['palette', KEYS.palette],
  ['write', KEYS.write],
  ['add', KEYS.add],
  ['tabs', KEYS.tabs],
  ['search', KEYS.search],
  ['preview', KEYS.preview],
  ['remove', KEYS.remove],
  ['undo', KEYS.undo],
  ['groups', KEYS.groups],
  ['send', 'Enter'],
  ['mention', '@'],
  ['paste', copy.keys.pasteKey(MODIFIER)],
  ['close', 'Esc'],
  ['sheet', KEYS.sheet]
]

/** What can be done without a pointer. */
export function KeySheet({ onclose }: { onclose: () => void }) {
  return (
    <Dialog title={copy.keys.title} onclose={onclose}>
      <dl className='key-sheet'>
        {SHOWN.map(([entry, keys]) => (
          <div key={entry}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{copy.keys.list[entry]}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
