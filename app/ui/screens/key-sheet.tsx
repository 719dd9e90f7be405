import { Dialog } from '../parts/dialog.tsx'
import { copy } from '../strings.ts'
import { KEYS, MODIFIER } from './shortcuts.ts'

type Part = keyof typeof copy.keys.parts
type Entry = keyof typeof copy.keys.list

const SHOWN: Record<Part, [Entry, string][]> = {
  anywhere: [
    ['palette', KEYS.palette],
    ['sheet', KEYS.sheet],
    ['groups', KEYS.groups],
    ['tabs', KEYS.tabs],
    ['close', 'Esc'],
    ['undo', KEYS.undo]
  ],
  writing: [
    ['write', KEYS.write],
    ['add', KEYS.add],
    ['send', 'Enter'],
    ['line', '⇧ Enter'],
    ['mention', '@'],
    ['paste', copy.keys.pasteKey(MODIFIER)]
  ],
  files: [
    ['search', KEYS.search],
    ['walk', '↑ ↓'],
    ['select', 'Space'],
    ['extend', '⇧ ↑ ↓'],
    ['all', `${MODIFIER} A`],
    ['preview', KEYS.preview],
    ['remove', KEYS.remove]
  ],
  looking: [
    ['neighbours', '← →'],
    ['play', 'Space'],
    ['zoom', '+ − 0'],
    ['remove', KEYS.remove]
  ]
}

/** All that can be done without a pointer, by where one is. */
export function KeySheet({ onclose }: { onclose: () => void }) {
  return (
    <Dialog title={copy.keys.title} onclose={onclose} wide>
      <div className='key-sheet'>
        {Object.entries(SHOWN).map(([part, entries]) => (
          <section key={part}>
            <h3>{copy.keys.parts[part as Part]}</h3>
            <dl>
              {entries.map(([entry, keys]) => (
                <div key={entry}>
                  <dt>{copy.keys.list[entry]}</dt>
                  <dd>
                    {keys.split(' ').map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}
