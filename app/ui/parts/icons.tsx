import type { ReactNode } from 'react'

interface IconProps {
  size?: number
}

function icon(paths: ReactNode) {
  return ({ size = 18 }: IconProps) => (
    <svg
      width={size}
      height={size}
      viewBox='0 0 20 20'
      fill='none'
      stroke='currentColor'
      strokeWidth='1.5'
      strokeLinecap='round'
      strokeLinejoin='round'
      aria-hidden='true'
    >
      {paths}
    </svg>
  )
}

export const AddIcon = icon(<path d='M10 4v12M4 10h12' />)
export const MenuIcon = icon(<path d='M3 5.5h14M3 10h14M3 14.5h14' />)
export const MoreIcon = icon(<path d='M4.5 10h.01M10 10h.01M15.5 10h.01' strokeWidth='2.4' />)
export const PinIcon = icon(<path d='M7 3.5h6l-.8 5.2 2.3 2.8h-9l2.3-2.8L7 3.5ZM10 11.5V17' />)
export const TrashIcon = icon(
  <path d='M4 5.5h12M8 5.5v-2h4v2M5.5 5.5l.7 11h7.6l.7-11M8.5 9v4M11.5 9v4' />
)
export const CopyIcon = icon(<path d='M7 7V3.5h9.5V13H13M3.5 7H13v9.5H3.5V7Z' />)
export const KeyIcon = icon(
  <path d='M7 16a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM9.5 10.5 16 4M13 7l2.5 2.5' />
)
export const LockIcon = icon(<path d='M4.5 9h11v8h-11V9ZM7 9V6.5a3 3 0 0 1 6 0V9' />)
export const DoorIcon = icon(<path d='M11.5 4V3H4v14h7.5v-1M8 10h9M14 7l3 3-3 3' />)
export const UnpinIcon = icon(
  <path d='M8.5 3.5H13l-.8 5.2 2.3 2.8h-2M10 11.5V17M10 11.5H5.5l2.3-2.8M3.5 3.5l13 13' />
)
export const GearIcon = icon(
  <>
    <circle cx='10' cy='10' r='2.4' />
    <path d='M8.5 4.5 8.7 2.6 11.3 2.6 11.5 4.5 12.9 5.1 14.3 3.9 16.1 5.7 14.9 7.1 15.5 8.5 17.4 8.7 17.4 11.3 15.5 11.5 14.9 12.9 16.1 14.3 14.3 16.1 12.9 14.9 11.5 15.5 11.3 17.4 8.7 17.4 8.5 15.5 7.1 14.9 5.7 16.1 3.9 14.3 5.1 12.9 4.5 11.5 2.6 11.3 2.6 8.7 4.5 8.5 5.1 7.1 3.9 5.7 5.7 3.9 7.1 5.1Z' />
  </>
)
export const MinimizeIcon = icon(<path d='M5 14.5h10' />)
export const MaximizeIcon = icon(<path d='M5 5h10v10H5V5Z' />)
export const CloseIcon = icon(<path d='m5 5 10 10M15 5 5 15' />)
export const ReplyIcon = icon(<path d='M8 5 3.5 9.5 8 14M4 9.5h7a5 5 0 0 1 5 5V16' />)
export const SmileIcon = icon(
  <path d='M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM7 11.5c.7 1.2 1.7 1.8 3 1.8s2.3-.6 3-1.8M7.7 8h.01M12.3 8h.01' />
)
export const SendIcon = icon(<path d='M10 16V4M5 9l5-5 5 5' />)
export const DownloadIcon = icon(<path d='M10 3v10M6 9.5l4 4 4-4M4 17h12' />)
export const SearchIcon = icon(
  <path d='M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM13 13l4 4' />
)
export const ChevronIcon = icon(<path d='m5.5 8 4.5 4.5L14.5 8' />)
export const CheckIcon = icon(<path d='m4 10.5 4 4 8-9' />)
export const LinkIcon = icon(
  <path d='M8.5 11.5a3.2 3.2 0 0 0 4.5 0l3-3A3.2 3.2 0 0 0 11.5 4l-1 1M11.5 8.5a3.2 3.2 0 0 0-4.5 0l-3 3A3.2 3.2 0 0 0 8.5 16l1-1' />
)
export const AttachIcon = icon(
  <path d='m17.2 9.3-7.3 7.3a4.7 4.7 0 0 1-6.7-6.7l7.3-7.3a3.1 3.1 0 0 1 4.4 4.4l-7.2 7.3a1.6 1.6 0 0 1-2.3-2.3l6.7-6.6' />
)
export const InviteIcon = icon(
  <path d='M8 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2.5 16.5c.4-2.8 2.6-4.5 5.5-4.5 1.4 0 2.7.4 3.6 1.2M15 11v6M12 14h6' />
)
export const PeopleIcon = icon(
  <path d='M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2 16.5c.4-2.8 2.6-4.5 5.5-4.5s5.1 1.7 5.5 4.5M13.5 3.8a3 3 0 0 1 0 5.4M15.5 12.5c1.3.7 2.2 2.1 2.5 4' />
)
export const SettingsIcon = icon(
  <>
    <path d='M3 6h7M14 6h3M3 14h3M10 14h7' />
    <circle cx='12' cy='6' r='2' />
    <circle cx='8' cy='14' r='2' />
  </>
)
export const WarnIcon = icon(<path d='M10 3.5 2.5 16.5h15L10 3.5ZM10 8.5v3.5M10 14.3v.1' />)
export const WordsIcon = icon(<path d='M3.5 4.5h13v9h-7l-3.5 3v-3H3.5v-9Z' />)
export const FilesIcon = icon(<path d='M3 5.5h5l1.5 2H17v8H3v-10Z' />)

const sheet = <path d='M5 2.5h6.5L15.5 6.5v11H5v-15ZM11.5 2.5v4h4' />
export const OtherFileIcon = icon(sheet)
export const TextFileIcon = icon(
  <>
    {sheet}
    <path d='M7.5 10.5h5M7.5 13.5h5' />
  </>
)
export const ArchiveFileIcon = icon(
  <>
    {sheet}
    <path d='M8.5 5.5h1M8.5 8h1M8.5 10.5h1M8 13h2v2H8z' />
  </>
)
export const ImageFileIcon = icon(
  <>
    <path d='M3 4h14v12H3V4ZM3.5 14l4-4 3 3 2.5-2.5 3.5 3.5' />
    <circle cx='12.5' cy='7.5' r='1.2' />
  </>
)
export const AudioFileIcon = icon(
  <>
    <path d='M7.5 14.5v-10l8-1.5v10' />
    <circle cx='5.5' cy='14.5' r='2' />
    <circle cx='13.5' cy='13' r='2' />
  </>
)
export const VideoFileIcon = icon(<path d='M3 4.5h14v11H3v-11ZM8.5 7.5v5l4-2.5-4-2.5Z' />)

/** A full disc: the bytes are on this device. */
export const HereIcon = ({ size = 14 }: IconProps) => (
  <svg width={size} height={size} viewBox='0 0 14 14' aria-hidden='true'>
    <circle cx='7' cy='7' r='5.5' fill='currentColor' />
    <path
      d='m4.6 7.2 1.7 1.7 3.1-3.5'
      fill='none'
      stroke='var(--surface)'
      strokeWidth='1.4'
      strokeLinecap='round'
      strokeLinejoin='round'
    />
  </svg>
)

/** A ring: somebody has it. */
export const ElsewhereIcon = ({ size = 14 }: IconProps) => (
  <svg width={size} height={size} viewBox='0 0 14 14' fill='none' aria-hidden='true'>
    <circle cx='7' cy='7' r='4.75' stroke='currentColor' strokeWidth='1.5' />
  </svg>
)

/** A broken ring: nobody who has it is there. */
export const NobodyIcon = ({ size = 14 }: IconProps) => (
  <svg width={size} height={size} viewBox='0 0 14 14' fill='none' aria-hidden='true'>
    <circle
      cx='7'
      cy='7'
      r='4.75'
      stroke='currentColor'
      strokeWidth='1.5'
      strokeDasharray='2.2 2.8'
    />
  </svg>
)

export function Mark({ size = 24 }: IconProps) {
  return (
    <svg className='mark' width={size} height={size} viewBox='0 0 32 32' aria-hidden='true'>
      <rect className='mark-ground' width='32' height='32' rx='8' />
      <path
        className='mark-fish'
        d='M4 16c3-5 7-7.5 11-7.5 4 0 7 2 9 5l3.5-3.5c.5-.5 1.3 0 1.1.7L27 16l1.6 5.3c.2.7-.6 1.2-1.1.7L24 18.5c-2 3-5 5-9 5-4 0-8-2.5-11-7.5Z'
      />
      <circle className='mark-ground' cx='10.5' cy='14.5' r='1.5' />
    </svg>
  )
}

export const FolderIcon = icon(<path d='M2.5 5h5.2l1.6 2h8.2v9.5h-15V5Z' />)
export const FolderAddIcon = icon(<path d='M17.5 9V7H9.3L7.7 5H2.5v11.5H10M14.5 12v5M12 14.5h5' />)
export const ListIcon = icon(
  <path d='M7 5.5h10M7 10h10M7 14.5h10M3.2 5.5h.1M3.2 10h.1M3.2 14.5h.1' />
)
export const GalleryIcon = icon(
  <path d='M3.5 3.5H9V9H3.5V3.5ZM11 3.5h5.5V9H11V3.5ZM3.5 11H9v5.5H3.5V11ZM11 11h5.5v5.5H11V11Z' />
)
export const InfoIcon = icon(<path d='M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 9.2V13M10 6.8v.1' />)
export const OpenIcon = icon(
  <path d='M2.5 10S5.3 5 10 5s7.5 5 7.5 5-2.8 5-7.5 5-7.5-5-7.5-5ZM10 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z' />
)
export const ExportIcon = icon(
  <path d='M17.5 9.5V7H9.3L7.7 5H2.5v11.5h8M14.5 12v5M12.3 15l2.2 2.2 2.2-2.2' />
)
export const BackIcon = icon(<path d='m12 4.5-5.5 5.5 5.5 5.5' />)
export const ForthIcon = icon(<path d='m8 4.5 5.5 5.5L8 15.5' />)
export const ZoomInIcon = icon(
  <path d='M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM13 13l4 4M9 6.8v4.4M6.8 9h4.4' />
)
export const ZoomOutIcon = icon(
  <path d='M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM13 13l4 4M6.8 9h4.4' />
)
export const AgainIcon = icon(<path d='M15.5 8A6 6 0 1 0 16 10.8M16 4v4h-4' />)
export const SyncIcon = icon(
  <path d='M4.2 8.5A6 6 0 0 1 15.4 7M16 3.5V7h-3.5M15.8 11.5A6 6 0 0 1 4.6 13M4 16.5V13h3.5' />
)
export const SafeIcon = icon(
  <path d='M10 2.8 4 5v4.6c0 3.6 2.4 6.2 6 7.6 3.6-1.4 6-4 6-7.6V5l-6-2.2ZM7.3 10l2 2 3.6-4' />
)
export const UnsafeIcon = icon(
  <path d='M10 2.8 4 5v4.6c0 3.6 2.4 6.2 6 7.6 3.6-1.4 6-4 6-7.6V5l-6-2.2ZM10 6.8v3.7M10 13.2v.1' />
)
export const ClockIcon = icon(<path d='M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 6v4.2l2.6 1.6' />)
