import { memo, useEffect, useMemo, useRef } from 'react'
import {
  Button as AriaButton,
  Input,
  SearchField,
  ToggleButton,
  ToggleButtonGroup
} from 'react-aria-components'
import type { SharedFile } from '../../../protocol/rpc/generated/types.ts'
import {
  CloseIcon,
  GalleryIcon,
  HereIcon,
  InfoIcon,
  ListIcon,
  SearchIcon
} from '../parts/icons.tsx'
import { Pick as OneOf } from '../parts/pick.tsx'
import type { FilesView, Layout } from '../state/files-view.ts'
import type { People } from '../state/people.ts'
import { copy } from '../strings.ts'
import { compareNames, KINDS, SORTS, type FileQuery } from './query.ts'

interface FilesBarProps {
  view: FilesView
  all: readonly SharedFile[]
  people: People
  onquery: (change: Partial<FileQuery>) => void
  onview: (change: Partial<FilesView>) => void
}

const kinds = KINDS.map((value) => ({ value, label: copy.files.kinds[value] }))
const sorts = SORTS.map((value) => ({ value, label: copy.files.sorts[value] }))

/** What is to be seen, and how. `/` goes to the search. */
export const FilesBar = memo(function FilesBar(props: FilesBarProps) {
  const { query, layout, details } = props.view
  const { words, kind, person, hereOnly, sort } = query
  const { all, people, onquery, onview } = props
  return (
    <div className='files-bar'>
      <Search words={words} onchange={(next) => onquery({ words: next })} />
      <Ways {...{ kind, person, hereOnly, sort, layout, details, all, people, onquery, onview }} />
    </div>
  )
})

type WaysProps = Omit<FilesBarProps, 'view'> &
  Omit<FileQuery, 'words'> &
  Pick<FilesView, 'layout' | 'details'>

/** By themselves: who writes what is searched changes nothing of them. */
const Ways = memo(function Ways(props: WaysProps) {
  const { kind, person, hereOnly, sort, layout, details, all, people, onquery, onview } = props
  return (
    <>
      <OneOf
        label={copy.files.kindLabel}
        choices={kinds}
        value={kind}
        active={kind !== 'all'}
        onchange={(next) => onquery({ kind: next })}
      />
      <PersonPick
        person={person}
        all={all}
        people={people}
        onchange={(next) => onquery({ person: next })}
      />
      <ToggleButton
        className='toggle'
        data-hint={copy.files.hereOnlyHint}
        isSelected={hereOnly}
        onChange={(next) => onquery({ hereOnly: next })}
      >
        <HereIcon />
        <span>{copy.files.hereOnly}</span>
      </ToggleButton>
      <span className='files-bar-end'>
        <OneOf
          label={copy.files.sortLabel}
          choices={sorts}
          value={sort}
          onchange={(next) => onquery({ sort: next })}
        />
        <ToggleButtonGroup
          className='segments'
          aria-label={copy.files.layoutLabel}
          disallowEmptySelection
          selectedKeys={[layout]}
          onSelectionChange={([next]) => onview({ layout: next as Layout })}
        >
          <ToggleButton id='list' className='segment' aria-label={copy.files.list}>
            <ListIcon />
          </ToggleButton>
          <ToggleButton id='gallery' className='segment' aria-label={copy.files.gallery}>
            <GalleryIcon />
          </ToggleButton>
        </ToggleButtonGroup>
        <ToggleButton
          className='toggle only-icon'
          aria-label={copy.files.details}
          isSelected={details}
          onChange={(next) => onview({ details: next })}
        >
          <InfoIcon />
        </ToggleButton>
      </span>
    </>
  )
})

function Search({ words, onchange }: { words: string; onchange: (words: string) => void }) {
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const onkey = (event: KeyboardEvent) => {
      const writing = event.target instanceof Element && event.target.matches('input, textarea')
      if (event.key !== '/' || writing || event.ctrlKey || event.metaKey) return
      event.preventDefault()
      field.current?.focus()
    }
    addEventListener('keydown', onkey)
    return () => removeEventListener('keydown', onkey)
  }, [])
  return (
    <SearchField
      className='search'
      aria-label={copy.files.search}
      value={words}
      onChange={onchange}
    >
      <SearchIcon size={16} />
      <Input className='input' ref={field} placeholder={copy.files.search} />
      <AriaButton className='button quiet icon'>
        <CloseIcon size={16} />
      </AriaButton>
    </SearchField>
  )
}

interface PersonPickProps {
  person: string
  all: readonly SharedFile[]
  people: People
  onchange: (person: string) => void
}

/** Who added files here; not there while it is one person alone. */
function PersonPick({ person, all, people, onchange }: PersonPickProps) {
  const choices = useMemo(() => {
    const keys = [...new Set(all.map(({ pubkey }) => pubkey))]
    const named = keys.map((value) => ({ value, label: people.nameOf(value) }))
    named.sort((a, b) => compareNames(a.label, b.label))
    return [{ value: '', label: copy.files.anyone }, ...named]
  }, [all, people])
  if (choices.length < 3 && person === '') return null
  return (
    <OneOf
      label={copy.files.personLabel}
      choices={choices}
      value={person}
      active={person !== ''}
      onchange={onchange}
    />
  )
}
