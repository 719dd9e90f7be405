import { useState } from 'react'
import { npubOf } from '../../../../protocol/ids.ts'
import type { Status } from '../../../../protocol/rpc/generated/types.ts'
import { Button } from '../../parts/button.tsx'
import { CopyField } from '../../parts/copy-field.tsx'
import { Field } from '../../parts/fields.tsx'
import { SubmitForm, useDeed } from '../../parts/form.tsx'
import { CheckIcon, WarnIcon } from '../../parts/icons.tsx'
import { saveText } from '../../intake/save-text.ts'
import { useApp } from '../../state/app.ts'
import { copy } from '../../strings.ts'
import { PassphraseTwice } from './passphrase.tsx'

/** The key, locked, to be kept elsewhere. It counts as saved once it was seen to be. */
export function Backup({ status }: { status: Status }) {
  const [open, setOpen] = useState(false)
  const { backedUpAt } = status
  return (
    <section className='settings-part'>
      <h4>{copy.backup.title}</h4>
      <p className={backedUpAt ? 'state ok' : 'state warn'} role='status'>
        {backedUpAt ? <CheckIcon size={16} /> : <WarnIcon size={16} />}
        {backedUpAt ? copy.backup.savedAt(backedUpAt) : copy.backup.unsaved}
      </p>
      <p>{copy.backup.lost}</p>
      {open ? (
        <MakeBackup pubkey={status.pubkey} onsaved={() => setOpen(false)} />
      ) : (
        <div>
          <Button kind={backedUpAt ? 'plain' : 'primary'} onPress={() => setOpen(true)}>
            {backedUpAt ? copy.backup.again : copy.backup.begin}
          </Button>
        </div>
      )}
    </section>
  )
}

function MakeBackup({ pubkey, onsaved }: { pubkey: string; onsaved: () => void }) {
  const app = useApp()
  const [made, setMade] = useState<string | null>(null)
  const make = async (passphrase: string) => {
    setMade((await app.session.call('exportKey', { passphrase })).ncryptsec)
  }
  const saved = async () => {
    await app.session.call('keyBackedUp', {})
    app.notices.say(copy.backup.saved)
    onsaved()
  }
  if (made !== null) return <KeepBackup pubkey={pubkey} made={made} onsaved={saved} />
  return (
    <PassphraseTwice
      label={copy.backup.passphrase}
      hint={copy.backup.passphraseHint}
      action={copy.backup.make}
      working={copy.backup.making}
      ontaken={make}
    />
  )
}

interface KeepProps {
  pubkey: string
  made: string
  onsaved: () => Promise<void>
}

function KeepBackup({ pubkey, made, onsaved }: KeepProps) {
  const [text, setText] = useState('')
  const { problem, run, fail } = useDeed()
  const download = () => {
    saveText(copy.backup.fileName, copy.backup.fileText(npubOf(pubkey), made))
    run(onsaved)
  }
  const confirm = () => {
    if (text.includes(made)) run(onsaved)
    else fail(copy.backup.reenterWrong)
  }
  return (
    <SubmitForm className='settings-form' onsubmit={confirm}>
      <CopyField label={copy.backup.ready} hint={copy.backup.readyHint} text={made} />
      <div>
        <Button kind='primary' autoFocus onPress={download}>
          {copy.backup.download}
        </Button>
      </div>
      <Field
        label={copy.backup.reenter}
        hint={copy.backup.reenterHint}
        value={text}
        onChange={(next) => {
          setText(next)
          fail(null)
        }}
        rows={2}
        mono
        autoComplete='off'
      />
      {problem}
      {text !== '' && (
        <div>
          <Button type='submit'>{copy.backup.confirm}</Button>
        </div>
      )}
    </SubmitForm>
  )
}
