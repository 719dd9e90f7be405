import {
  Dialog,
  DialogTrigger,
  Heading,
  Popover,
  Button as AriaButton
} from 'react-aria-components'
import type { Problem, Status } from '../../../protocol/rpc/generated/types.ts'
import { ProblemWords } from '../parts/bits.tsx'
import { WarnIcon } from '../parts/icons.tsx'
import { UpdateNote } from '../parts/update-note.tsx'
import type { Link } from '../session/session.ts'
import { useLive } from '../session/store.ts'
import { useApp, useStatus } from '../state/app.ts'
import { copy, explain } from '../strings.ts'

/** One line at the foot: whether anyone is reachable, and what needs attention. */
export function StatusBar() {
  const app = useApp()
  const link = useLive(app.session.link)
  const failing = useLive(app.session.failing)
  const status = useStatus().value
  if (status === null) return <footer className='status-bar' aria-label={copy.status.label} />
  const connected = link === 'open' && status.peers > 0
  return (
    <footer className='status-bar' aria-label={copy.status.label}>
      <span className={connected ? 'dot on' : 'dot'} />
      <span role='status'>{words(link, status, failing)}</span>
      <UpdateNote />
      {status.problems.length > 0 && <Problems problems={status.problems} />}
    </footer>
  )
}

function words(link: Link, status: Status, failing: ReadonlyMap<string, unknown>): string {
  if (link !== 'open') return copy.status.reconnecting
  const network = networkOf(status)
  if (status.state === 'starting' || network === 'starting') return copy.status.starting
  const [reason] = failing.values()
  if (reason !== undefined) return copy.status.failing(explain(reason))
  return network === 'offline' ? copy.status.offline : copy.status.peers(status.peers)
}

/** Newer workers say whether the network answers at all; a connection is proof that it does. */
function networkOf(status: Status & { network?: string | null }): string | null {
  return status.peers > 0 ? 'online' : (status.network ?? null)
}

function Problems({ problems }: { problems: Problem[] }) {
  return (
    <DialogTrigger>
      <AriaButton className='problems-button'>
        <WarnIcon size={14} />
        {copy.status.degraded(problems.length)}
      </AriaButton>
      <Popover className='popover' placement='top'>
        <Dialog className='problems'>
          <Heading slot='title' level={2}>
            {copy.status.problemsTitle}
          </Heading>
          <ul>
            {problems.map((problem) => (
              <li key={problem.code + problem.message}>
                <ProblemWords problem={problem} />
              </li>
            ))}
          </ul>
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}
