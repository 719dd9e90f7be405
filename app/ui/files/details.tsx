import { useMemo } from 'react'
import type { Relay, SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { formatMoment, formatWhen } from '../format.ts'
import { kindOf } from '../intake/kinds.ts'
import { Alert } from '../parts/bits.tsx'
import { Button, IconButton } from '../parts/button.tsx'
import { Availability, sizeOf } from '../parts/file-parts.tsx'
import {
  CloseIcon,
  DownloadIcon,
  LinkIcon,
  OpenIcon,
  PinIcon,
  TrashIcon,
  UnpinIcon
} from '../parts/icons.tsx'
import { FileName, shownName } from '../parts/names.tsx'
import { Thumb } from '../parts/thumb.tsx'
import { keyOf, recordOf } from '../state/known-files.ts'
import type { People } from '../state/people.ts'
import { copy, explain } from '../strings.ts'
import type { FileDeeds } from './deeds.ts'
import { Holders } from './holders.tsx'
import { folderOf } from './tree.ts'
import { useHolders } from './use-holders.ts'

interface DetailsProps {
  relay: Relay
  file: SharedFile | null
  files: readonly SharedFile[]
  replaced: ReadonlySet<string>
  people: People
  deeds: FileDeeds
  onopen: (file: SharedFile) => void
  onclose: () => void
}

/** One file beside the list: what it is, who has it, what it was before. */
export function Details(props: DetailsProps) {
  const { file, onclose } = props
  return (
    <aside className='details' aria-label={copy.detail.label}>
      <header>
        <h2>{copy.detail.label}</h2>
        <IconButton label={copy.files.closeDetails} onPress={onclose}>
          <CloseIcon />
        </IconButton>
      </header>
      {file === null ? (
        <p className='muted'>{copy.detail.emptyText}</p>
      ) : (
        <FileDetails key={keyOf(file)} {...props} file={file} />
      )}
    </aside>
  )
}

function FileDetails(props: DetailsProps & { file: SharedFile }) {
  const { relay, file, people, deeds, onopen } = props
  const name = shownName(file.name)
  return (
    <>
      <button
        type='button'
        className='details-picture'
        aria-label={copy.file.openNamed(name)}
        onClick={() => onopen(file)}
      >
        <Thumb file={file} size={48} />
      </button>
      <h3>
        <FileName name={file.name} />
      </h3>
      <div className='details-deeds'>
        <Deeds file={file} deeds={deeds} onopen={onopen} />
      </div>
      <Facts file={file} people={people} />
      {file.problem && <Alert>{explain(file.problem)}</Alert>}
      <HoldersOf relay={relay} file={file} people={people} />
      <Versions {...props} />
    </>
  )
}

function Deeds({
  file,
  deeds,
  onopen
}: Pick<DetailsProps, 'deeds' | 'onopen'> & { file: SharedFile }) {
  const name = shownName(file.name)
  return (
    <>
      <Button onPress={() => onopen(file)}>
        <OpenIcon />
        {copy.file.open}
      </Button>
      {file.here ? (
        <IconButton label={copy.file.save} onPress={() => deeds.save([file])}>
          <DownloadIcon />
        </IconButton>
      ) : (
        <Button isDisabled={file.phase === 'fetching'} onPress={() => deeds.get([file])}>
          <DownloadIcon />
          {copy.file.get}
        </Button>
      )}
      {file.link && (
        <IconButton label={copy.file.copyLink} onPress={() => deeds.copyLinks([file])}>
          <LinkIcon />
        </IconButton>
      )}
      <IconButton
        label={file.pinned ? copy.file.unpin : copy.file.pin}
        onPress={() => deeds.pin([file], !file.pinned)}
      >
        {file.pinned ? <UnpinIcon /> : <PinIcon />}
      </IconButton>
      {deeds.mayRemove(file) && (
        <IconButton
          label={copy.file.removeNamed(name)}
          hint={copy.file.remove}
          onPress={() => deeds.remove([file])}
        >
          <TrashIcon />
        </IconButton>
      )}
    </>
  )
}

function Facts({ file, people }: { file: SharedFile; people: People }) {
  const { facts, type, unknownType } = copy.detail
  const kind = kindOf(file.mime)
  const folder = folderOf(file)
  return (
    <dl className='facts'>
      <dt>{facts.where}</dt>
      <dd>
        <Availability file={file} />
      </dd>
      <dt>{facts.size}</dt>
      <dd>{sizeOf(file)}</dd>
      <dt>{facts.type}</dt>
      <dd>
        {kind === 'other' ? unknownType : type[kind]}
        {file.mime && <span className='muted'> · {file.mime}</span>}
      </dd>
      <dt>{facts.by}</dt>
      <dd>
        <bdi>{people.nameOf(file.pubkey)}</bdi>
      </dd>
      <dt>{facts.added}</dt>
      <dd>{formatMoment(file.createdAt)}</dd>
      {folder !== '' && (
        <>
          <dt>{facts.folder}</dt>
          <dd>
            <bdi>{folder}</bdi>
          </dd>
        </>
      )}
    </dl>
  )
}

function HoldersOf({ relay, file, people }: { relay: Relay; file: SharedFile; people: People }) {
  const { known, problem } = useHolders(relay.relayKey, file)
  return (
    <section className='details-part'>
      <h4>
        {copy.detail.holders}
        {known && <span className='muted'> · {copy.detail.wanted(known.target)}</span>}
      </h4>
      {problem !== null && <Alert>{problem}</Alert>}
      {known === null ? (
        problem === null && <p className='muted'>{copy.detail.loading}</p>
      ) : (
        <Holders holders={known.holders} people={people} />
      )}
    </section>
  )
}

/** The same path at other times, newest first. */
function Versions({ file, files, replaced, people, onopen }: DetailsProps & { file: SharedFile }) {
  const versions = useMemo(() => {
    if (!file.path) return []
    const same = files.filter(({ path }) => path === file.path)
    if (!same.some((version) => replaced.has(recordOf(version)))) return []
    return same.sort((a, b) => b.createdAt - a.createdAt)
  }, [file.path, files, replaced])
  if (versions.length < 2) return null
  return (
    <section className='details-part'>
      <h4>{copy.detail.versions}</h4>
      <ul className='versions'>
        {versions.map((version) => (
          <li key={keyOf(version)}>
            <Button kind='quiet' onPress={() => onopen(version)}>
              <span className='version-words'>
                <span>{copy.detail.version(formatWhen(version.createdAt))}</span>
                <small className='muted'>
                  <bdi>{people.nameOf(version.pubkey)}</bdi> · {sizeOf(version)}
                  {!replaced.has(recordOf(version)) && ` · ${copy.detail.current}`}
                </small>
              </span>
            </Button>
          </li>
        ))}
      </ul>
    </section>
  )
}
