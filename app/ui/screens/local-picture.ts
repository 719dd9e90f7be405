import { useEffect, useState } from 'react'
import { isRasterImage } from '../intake/kinds.ts'
import { smallWebp } from '../intake/small-picture.ts'

/**
 * The address of a small picture of a file that this page was given.
 *
 * @param side its longer side at most, in pixels
 * @returns null while there is none, and for what is no picture
 */
export function useLocalPicture(file: File | null, side: number): string | null {
  const [address, setAddress] = useState<string | null>(null)
  useEffect(() => {
    if (file === null || !isRasterImage(file.type)) return
    let left = false
    let made: string | null = null
    const make = async () => {
      const blob = await smallWebp(file, side)
      if (blob === null || left) return
      made = URL.createObjectURL(blob)
      setAddress(made)
    }
    make().catch(() => {}) // it is not what its type says: the icon of its kind stays
    return () => {
      left = true
      if (made !== null) URL.revokeObjectURL(made)
    }
  }, [file, side])
  return address
}
