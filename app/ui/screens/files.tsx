import { memo, useDeferredValue, useMemo, useState } from 'react'
import { GridList, GridListItem, ListLayout, Text, Virtualizer } from 'react-aria-components'
import type { Relay, SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { formatMoment, formatSize, formatWhen } from '../format.ts'
import { Empty, Loading } from '../parts/bits.tsx'
import { Button } from '../parts/button.tsx'
import { Availability, FileActions, Thumb } from '../parts/file-parts.tsx'
import { FilesIcon, SearchIcon } from '../parts/icons.tsx'
import { FileName, shownName } from '../parts/names.tsx'
import type { People } from '../state/people.ts'
import { copy } from '../strings.ts'
import { everything, pickFiles, type FileQuery } from './file-query.ts'
import { FilesBar } from './files-bar.tsx'

const ROW = 60

interface FilesProps {
  relay: Relay
  people: People
  files: ReadonlyMap<string, SharedFile>
  loaded: boolean
}

/** Every file of the group, with where its bytes are. Only the rows in sight are in the page. */
export function Files({ relay, people, files, loaded }: FilesProps) {
  const [query, setQuery] = useState<FileQuery>(everything)
  const all = useMemo(() => [...files.values()], [files])
  // Thousands of rows take a moment to arrange; typing does not wait for them
  const settled = useDeferredValue(query)
  const shown = useMemo(() => pickFiles(all, settled, people), [all, settled, people])

  if (!loaded) return <Loading label={copy.files.loading} />
  if (all.length === 0) {
    return (
      <Empty
        icon={<FilesIcon />}
        title={copy.files.emptyTitle}
        text={`${copy.files.emptyText} ${copy.conversation.emptyText}`}
      />
    )
  }
  return (
    <div className='files'>
      <FilesBar query={query} onchange={setQuery} shown={shown.length} all={all.length} />
      {shown.length === 0 ? (
        <Empty icon={<SearchIcon />} title={copy.files.noneTitle} text={copy.files.noneText}>
          <Button onPress={() => setQuery({ ...everything, sort: query.sort })}>
            {copy.files.showAll}
          </Button>
        </Empty>
      ) : (
        <FileRows relayKey={relay.relayKey} files={shown} people={people} />
      )}
    </div>
  )
}

const FileRows = memo(function FileRows({
  relayKey,
  files,
  people
}: {
  relayKey: string
  files: SharedFile[]
  people: People
}) {
  return (
    <Virtualizer layout={ListLayout} layoutOptions={{ rowHeight: ROW }}>
      <GridList
        className='file-rows'
        aria-label={copy.files.label}
        items={files}
        dependencies={[people]}
      >
        {(file) => (
          <GridListItem id={file.hash} textValue={shownName(file.name)} className='file-row'>
            <Thumb file={file} />
            <span className='file-words'>
              <FileName name={file.name} />
              <Text slot='description' className='file-facts'>
                <bdi>{people.nameOf(file.pubkey)}</bdi>
                <time title={formatMoment(file.createdAt)}>{formatWhen(file.createdAt)}</time>
              </Text>
            </span>
            <span className='file-size'>{formatSize(file.size)}</span>
            <Availability file={file} />
            <FileActions relayKey={relayKey} file={file} />
          </GridListItem>
        )}
      </GridList>
    </Virtualizer>
  )
})
