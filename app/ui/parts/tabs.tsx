import { useId, type KeyboardEvent, type ReactNode } from 'react'

export interface TabOf<Id extends string> {
  id: Id
  /** What is on it */
  words: ReactNode
}

interface TabsProps<Id extends string> {
  label: string
  tabs: readonly TabOf<Id>[]
  chosen: Id
  onchoose: (id: Id) => void
  /** Beside the name of the chosen tab's place */
  panelClass: string
  /** What the chosen tab shows */
  children: ReactNode
}

const STEPS: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1 }

/**
 * Tabs above a place that may hold thousands of things. React Aria's look through all of it, and
 * measure it, each time that anything in it changes: whether the Tab key leads into it. Here it
 * always does.
 */
export function Tabs<Id extends string>(props: TabsProps<Id>) {
  const { label, tabs, chosen, onchoose, panelClass, children } = props
  const name = useId()
  const tabOf = (id: string) => `${name}-tab-${id}`
  const onkey = (event: KeyboardEvent<HTMLElement>) => {
    const at = tabs.findIndex(({ id }) => id === chosen)
    const to = leadsTo(event.key, at, tabs.length)
    const tab = to === null ? undefined : tabs[to]
    if (tab === undefined || event.altKey || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    onchoose(tab.id)
    document.getElementById(tabOf(tab.id))?.focus()
  }
  return (
    <div className='tabs'>
      <div className='tab-list' role='tablist' aria-label={label} onKeyDown={onkey}>
        {tabs.map(({ id, words }) => (
          <button
            key={id}
            id={tabOf(id)}
            type='button'
            role='tab'
            aria-selected={id === chosen}
            aria-controls={id === chosen ? `${name}-panel` : undefined}
            tabIndex={id === chosen ? 0 : -1}
            onClick={() => onchoose(id)}
          >
            {words}
          </button>
        ))}
      </div>
      <div
        key={chosen}
        id={`${name}-panel`}
        className={`panel ${panelClass}`}
        role='tabpanel'
        aria-labelledby={tabOf(chosen)}
      >
        {children}
      </div>
    </div>
  )
}

function leadsTo(key: string, at: number, count: number): number | null {
  if (key === 'Home') return 0
  if (key === 'End') return count - 1
  const step = STEPS[key]
  return step === undefined ? null : (at + step + count) % count
}
