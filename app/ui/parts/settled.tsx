import { useEffect, useState } from 'react'

/** What has not changed for this long is worth telling, in ms */
const SETTLED = 1500

/**
 * Words that stand on the page and change often, for those who hear it: told when they have
 * stayed the same for a while, and not as they are at first.
 */
export function Settled({ words }: { words: string }) {
  const [first] = useState(words)
  const [told, setTold] = useState('')
  useEffect(() => {
    if (words === first && told === '') return
    const timer = setTimeout(() => setTold(words), SETTLED)
    return () => clearTimeout(timer)
  }, [words, first, told])
  return (
    <span className='hidden-text' role='status'>
      {told}
    </span>
  )
}
