import { useMemo, useState } from 'react'
import { findLinks, plainWords, startOf } from '../plain-text.ts'
import { findPeople } from '../screens/mention-text.ts'
import { useNames, useSelf } from '../state/people.ts'
import { copy } from '../strings.ts'
import { Button } from './button.tsx'

/**
 * A member's words: text, links to web addresses, and people by their names. Never HTML. Long
 * ones open on demand.
 */
export function Words({ words }: { words: string }) {
  const [whole, setWhole] = useState(false)
  const start = useMemo(() => startOf(words), [words])
  if (start === null) return <Text words={words} />
  return (
    <>
      <Text words={whole ? words : `${start}…`} />
      <div>
        <Button kind='link' aria-expanded={whole} onPress={() => setWhole(!whole)}>
          {whole ? copy.conversation.less : copy.conversation.more}
        </Button>
      </div>
    </>
  )
}

function Text({ words }: { words: string }) {
  const names = useNames()
  const self = useSelf()
  return (
    <p className='words' dir='auto'>
      {findPeople(plainWords(words)).map(({ text, pubkey }, index) =>
        pubkey === null ? (
          <Linked key={index} text={text} />
        ) : (
          <bdi key={index} className={pubkey === self ? 'mention self' : 'mention'}>
            @{names(pubkey)}
          </bdi>
        )
      )}
    </p>
  )
}

function Linked({ text }: { text: string }) {
  return findLinks(text).map(({ text, href }, index) =>
    href === null ? (
      text
    ) : (
      <a key={index} href={href} target='_blank' rel='noopener noreferrer nofollow'>
        {text}
      </a>
    )
  )
}
