import type { ReactNode } from 'react'

/** Drawn for screens that have nothing to show yet, in the theme's own colours. */
function picture(shapes: ReactNode) {
  return () => (
    <svg className='picture-empty' width='132' height='88' viewBox='0 0 132 88' aria-hidden='true'>
      {shapes}
    </svg>
  )
}

/** Somebody says something, and somebody answers. */
export const TalkPicture = picture(
  <>
    <path
      className='tint'
      d='M14 18a8 8 0 0 1 8-8h52a8 8 0 0 1 8 8v22a8 8 0 0 1-8 8H36l-12 10V48h-2a8 8 0 0 1-8-8V18Z'
    />
    <path className='line' d='M28 23h36M28 34h22' />
    <path
      className='paper'
      d='M56 40a8 8 0 0 1 8-8h46a8 8 0 0 1 8 8v20a8 8 0 0 1-8 8h-2v10L96 68H64a8 8 0 0 1-8-8V40Z'
    />
    <path className='line strong' d='M70 45h34M70 56h20' />
  </>
)

/** Photos, one upon the other. */
export const PhotosPicture = picture(
  <>
    <rect
      className='tint'
      x='16'
      y='20'
      width='62'
      height='48'
      rx='6'
      transform='rotate(-8 47 44)'
    />
    <rect
      className='tint'
      x='50'
      y='14'
      width='62'
      height='48'
      rx='6'
      transform='rotate(6 81 38)'
    />
    <rect className='paper' x='32' y='22' width='68' height='54' rx='6' />
    <circle className='sun' cx='51' cy='38' r='5.5' />
    <path className='hill' d='M37 70 56 48l12 12 10-11 17 21H37Z' />
  </>
)

/** People beside each other. */
export const PeoplePicture = picture(
  <>
    <circle className='tint' cx='36' cy='36' r='11' />
    <path className='tint' d='M14 72c0-13 9-21 22-21s22 8 22 21H14Z' />
    <circle className='tint' cx='96' cy='36' r='11' />
    <path className='tint' d='M74 72c0-13 9-21 22-21s22 8 22 21H74Z' />
    <circle className='paper' cx='66' cy='32' r='14' />
    <path className='paper' d='M38 78c0-16 11-27 28-27s28 11 28 27H38Z' />
  </>
)
