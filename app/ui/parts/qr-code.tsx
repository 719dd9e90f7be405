import { useMemo } from 'react'
import { encode } from 'uqr'

const BORDER = 4

/** A text as a code to scan, drawn as one path: dark on light in both themes, as scanners need it. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const { size, path } = useMemo(() => draw(text), [text])
  return (
    <svg className='qr' viewBox={`0 0 ${size} ${size}`} role='img' aria-label={label}>
      <path d={path} shapeRendering='crispEdges' />
    </svg>
  )
}

function draw(text: string): { size: number; path: string } {
  // Capitals have a denser code, and an invite reads the same in them
  const { data, size } = encode(text.toUpperCase(), { ecc: 'L', border: BORDER })
  const dots = data.flatMap((row, y) =>
    row.flatMap((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : []))
  )
  return { size, path: dots.join('') }
}
