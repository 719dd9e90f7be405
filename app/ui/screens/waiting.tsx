import type { WaitingJoin } from '../../../protocol/rpc/generated/types.ts'
import { IconButton } from '../parts/button.tsx'
import { CloseIcon } from '../parts/icons.tsx'
import { Avatar } from '../parts/names.tsx'
import { plainName } from '../plain-text.ts'
import { useApp, useRelays } from '../state/app.ts'
import { copy, explain } from '../strings.ts'

/** The groups that we asked to be let into, below those that we are in. */
export function WaitingGroups() {
  const { waiting } = useRelays()
  if (waiting.length === 0) return null
  return (
    <ul className='waiting-groups' aria-label={copy.waiting.label}>
      {waiting.map((join) => (
        <Waiting key={join.id} join={join} />
      ))}
    </ul>
  )
}

function Waiting({ join }: { join: WaitingJoin }) {
  const app = useApp()
  const { id, problem } = join
  const name = plainName(join.name)
  const words = problem ? explain(problem) : copy.waiting.short
  const cancel = () =>
    app.attempt(async () => {
      await app.session.call('cancelJoin', { id })
      if (!problem) app.notices.say(copy.waiting.cancelled(name))
    })
  return (
    <li className='group-item'>
      <Avatar seed={seedOf(id)} name={name} shape='square' />
      <span className='group-item-words'>
        <bdi>{name}</bdi>
        <small className={problem ? 'whole' : ''}>{words}</small>
      </span>
      <IconButton
        label={problem ? copy.waiting.dismiss(name) : copy.waiting.cancel(name)}
        onPress={cancel}
      >
        <CloseIcon size={16} />
      </IconButton>
    </li>
  )
}

/** Its key is not known before we are in, and a colour needs some digits. */
function seedOf(id: string): string {
  let sum = 0
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) % 0xffffff
  return sum.toString(16).padStart(6, '0')
}
