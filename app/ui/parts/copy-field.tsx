import { useState } from 'react'
import { Button } from './button.tsx'
import { CheckIcon } from './icons.tsx'
import { Field } from './fields.tsx'
import { copy } from '../strings.ts'

/** Text to pass on: it can be selected, and copied with one press. */
export function CopyField({
  label,
  text,
  hint,
  first = false
}: {
  label: string
  text: string
  hint?: string
  /** It is what the dialog is about: copying is its main action and has the focus */
  first?: boolean
}) {
  const [copied, setCopied] = useState(false)
  const [failed, setFailed] = useState(false)
  const take = () =>
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => setFailed(true)
    )
  return (
    <div className='copy-field'>
      <Field
        label={label}
        hint={hint}
        value={text}
        isReadOnly
        mono
        problem={failed ? copy.file.copyFailed : null}
        onFocus={(event) => {
          if (event.target instanceof HTMLInputElement) event.target.select()
        }}
      />
      <Button kind={first ? 'primary' : 'plain'} onPress={() => void take()} autoFocus={first}>
        {copied && <CheckIcon />}
        {copied ? copy.dialog.copied : copy.dialog.copy}
      </Button>
      <span className='hidden-text' role='status'>
        {copied ? copy.dialog.copied : ''}
      </span>
    </div>
  )
}
