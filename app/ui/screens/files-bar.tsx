import { useEffect, useRef } from 'react'
import {
  Button as AriaButton,
  Input,
  ListBox,
  ListBoxItem,
  Popover,
  SearchField,
  Select,
  SelectValue,
  ToggleButton
} from 'react-aria-components'
import { CheckIcon, ChevronIcon, CloseIcon, HereIcon, SearchIcon } from '../parts/icons.tsx'
import { copy } from '../strings.ts'
import { SORTS, type FileQuery, type Sort } from './file-query.ts'

interface FilesBarProps {
  query: FileQuery
  onchange: (query: FileQuery) => void
  shown: number
  all: number
}

/** Search, one filter and the order. `/` goes to the search. */
export function FilesBar({ query, onchange, shown, all }: FilesBarProps) {
  const search = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const onkey = (event: KeyboardEvent) => {
      const writing = event.target instanceof Element && event.target.matches('input, textarea')
      if (event.key !== '/' || writing || event.ctrlKey || event.metaKey) return
      event.preventDefault()
      search.current?.focus()
    }
    addEventListener('keydown', onkey)
    return () => removeEventListener('keydown', onkey)
  }, [])

  return (
    <div className='files-bar'>
      <SearchField
        className='search'
        aria-label={copy.files.search}
        value={query.words}
        onChange={(words) => onchange({ ...query, words })}
      >
        <SearchIcon size={16} />
        <Input className='input' ref={search} placeholder={copy.files.search} />
        <AriaButton className='button quiet icon'>
          <CloseIcon size={16} />
        </AriaButton>
      </SearchField>
      <ToggleButton
        className='toggle'
        isSelected={query.hereOnly}
        onChange={(hereOnly) => onchange({ ...query, hereOnly })}
      >
        <HereIcon />
        {copy.files.hereOnly}
      </ToggleButton>
      <SortSelect sort={query.sort} onchange={(sort) => onchange({ ...query, sort })} />
      <span className='files-count' role='status'>
        {copy.files.count(shown, all)}
      </span>
    </div>
  )
}

function SortSelect({ sort, onchange }: { sort: Sort; onchange: (sort: Sort) => void }) {
  return (
    <Select
      aria-label={copy.files.sortLabel}
      value={sort}
      onChange={(key) => onchange(key as Sort)}
    >
      <AriaButton className='button'>
        <SelectValue>{copy.files.sorts[sort]}</SelectValue>
        <ChevronIcon size={14} />
      </AriaButton>
      <Popover className='popover' placement='bottom end'>
        <ListBox className='menu'>
          {SORTS.map((key) => (
            <ListBoxItem key={key} id={key} textValue={copy.files.sorts[key]}>
              {copy.files.sorts[key]}
              {key === sort && <CheckIcon size={16} />}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  )
}
