import {
  Button as AriaButton,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue
} from 'react-aria-components'
import { CheckIcon, ChevronIcon } from './icons.tsx'

export interface PickChoice<T extends string> {
  value: T
  label: string
}

interface PickProps<T extends string> {
  label: string
  choices: readonly PickChoice<T>[]
  value: T
  onchange: (value: T) => void
  /** Marked while it is something else than the usual */
  active?: boolean
}

/** One of some, behind a button that shows which. */
export function Pick<T extends string>({ label, choices, value, onchange, active }: PickProps<T>) {
  const chosen = choices.find((choice) => choice.value === value)
  return (
    <Select aria-label={label} value={value} onChange={(key) => onchange(key as T)}>
      <AriaButton className={active ? 'button pick active' : 'button pick'}>
        <SelectValue>
          <bdi>{chosen?.label ?? value}</bdi>
        </SelectValue>
        <ChevronIcon size={14} />
      </AriaButton>
      <Popover className='popover' placement='bottom end'>
        <ListBox
          className='menu'
          items={choices.map((choice) => ({ ...choice, id: choice.value }))}
        >
          {(choice) => (
            <ListBoxItem textValue={choice.label}>
              <bdi>{choice.label}</bdi>
              {choice.value === value && <CheckIcon size={16} />}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  )
}
