import { useEffect, useMemo, useState } from 'react'
import { Tooltip, TooltipTriggerStateContext } from 'react-aria-components'

/** How long something is pointed at before it is explained, in ms */
const DELAY = 500
/** Who goes from one button to the next does not wait again, in ms */
const WARM = 300

interface Hint {
  element: HTMLElement
  text: string
}

/**
 * One tooltip for the whole page: whatever has `data-hint` is explained by it when it is pointed
 * at, or reached by keys. So a list of thousands costs no tooltip for each of its buttons.
 */
export function Hints() {
  const [hint, setHint] = useState<Hint | null>(null)
  useEffect(() => watchHints(setHint), [])
  useEffect(() => describe(hint), [hint])
  const state = useMemo(() => {
    const close = (): void => setHint(null)
    return { isOpen: true, open() {}, close, shouldSkipAnimation: true }
  }, [])
  if (hint === null) return null
  return (
    <TooltipTriggerStateContext value={state}>
      <Tooltip
        key={hint.text}
        className='tooltip'
        isOpen
        triggerRef={{ current: hint.element }}
        offset={6}
      >
        <span id={ID}>{hint.text}</span>
      </Tooltip>
    </TooltipTriggerStateContext>
  )
}

const ID = 'hint'

/** Who hears the button hears what its label leaves out. */
function describe(hint: Hint | null): (() => void) | undefined {
  if (hint === null || hint.element.ariaLabel === hint.text) return
  const { element } = hint
  element.setAttribute('aria-describedby', ID)
  return () => element.removeAttribute('aria-describedby')
}

/** Says which hint is to be seen, until the returned function is called. */
function watchHints(show: (hint: Hint | null) => void): () => void {
  const controller = new AbortController()
  const { signal } = controller
  let shown: HTMLElement | null = null
  let hiddenAt = -Infinity
  let timer: ReturnType<typeof setTimeout> | undefined
  const hide = (): void => {
    clearTimeout(timer)
    if (shown !== null) hiddenAt = performance.now()
    shown = null
    show(null)
  }
  const open = (element: HTMLElement): void => {
    const text = element.dataset.hint
    if (!text || !element.isConnected) return
    shown = element
    show({ element, text })
  }
  const onover = ({ target, pointerType }: PointerEvent): void => {
    const element = hinted(target)
    if (element === shown && element !== null) return
    hide()
    if (element === null || pointerType === 'touch') return
    const warm = performance.now() - hiddenAt < WARM
    timer = setTimeout(() => open(element), warm ? 0 : DELAY)
  }
  const onfocus = ({ target }: FocusEvent): void => {
    const element = hinted(target)
    if (element?.matches(':focus-visible')) open(element)
  }
  addEventListener('pointerover', onover, { signal })
  addEventListener('pointerdown', hide, { signal })
  addEventListener('focusin', onfocus, { signal })
  addEventListener('focusout', hide, { signal })
  addEventListener('scroll', hide, { signal, capture: true })
  const onkey = ({ key }: KeyboardEvent): void => void (key === 'Escape' && hide())
  addEventListener('keydown', onkey, { signal, capture: true })
  document.addEventListener('pointerleave', hide, { signal })
  return () => {
    clearTimeout(timer)
    controller.abort()
  }
}

function hinted(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>('[data-hint]') : null
}
