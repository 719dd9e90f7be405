import {
  Checkbox,
  FieldError,
  Input,
  Label,
  Radio,
  RadioGroup,
  Text,
  TextArea,
  TextField,
  type TextFieldProps
} from 'react-aria-components'
import { copy } from '../strings.ts'
import { CheckIcon } from './icons.tsx'

interface FieldProps extends Omit<TextFieldProps, 'className' | 'style' | 'children'> {
  label: string
  hint?: string
  placeholder?: string
  /** Shown under the field, and marks it invalid */
  problem?: string | null
  /** More than one line */
  rows?: number
  mono?: boolean
  /** Characters it takes; how many are left is said near the end, and nothing is cut off */
  most?: number
}

/** Characters of a group's or a person's name */
export const MOST_NAME = 80
const NEAR_END = 20

export function Field(field: FieldProps) {
  const { label, hint, placeholder, rows, mono, most, problem: given, ...props } = field
  const left = most === undefined ? Infinity : most - (props.value ?? '').length
  const problem = left < 0 ? copy.field.over(-left) : given
  const below = left <= NEAR_END ? copy.field.left(left) : hint
  const className = mono ? 'input mono' : 'input'
  return (
    <TextField {...props} className='field' isInvalid={Boolean(problem)} validationBehavior='aria'>
      <Label>{label}</Label>
      {rows === undefined ? (
        <Input className={className} placeholder={placeholder} />
      ) : (
        <TextArea className={className} placeholder={placeholder} rows={rows} />
      )}
      {below && !problem && (
        <Text slot='description' className='hint'>
          {below}
        </Text>
      )}
      <FieldError className='problem'>{problem}</FieldError>
    </TextField>
  )
}

export interface Choice<T extends string> {
  value: T
  label: string
  hint?: string
}

interface ChoicesProps<T extends string> {
  label: string
  choices: readonly Choice<T>[]
  value: T
  onchange: (value: T) => void
  /** Side by side where they fit; below each other otherwise */
  row?: boolean
}

export function Choices<T extends string>({
  label,
  choices,
  value,
  onchange,
  row = false
}: ChoicesProps<T>) {
  return (
    <RadioGroup
      className='field'
      value={value}
      onChange={(next) => onchange(next as T)}
      orientation={row ? 'horizontal' : 'vertical'}
    >
      <Label>{label}</Label>
      <div className={row ? 'choices choices-row' : 'choices'}>
        {choices.map((choice) => (
          <Radio key={choice.value} value={choice.value} className='choice'>
            <span>{choice.label}</span>
            {choice.hint && <span className='hint'>{choice.hint}</span>}
          </Radio>
        ))}
      </div>
    </RadioGroup>
  )
}

/** Something that is so or not. */
export function Check({
  label,
  hint,
  value,
  onchange
}: {
  label: string
  hint?: string
  value: boolean
  onchange: (value: boolean) => void
}) {
  return (
    <Checkbox className='check' isSelected={value} onChange={onchange}>
      <span className='check-box' aria-hidden='true'>
        {value && <CheckIcon size={14} />}
      </span>
      <span>{label}</span>
      {hint && <span className='hint'>{hint}</span>}
    </Checkbox>
  )
}
