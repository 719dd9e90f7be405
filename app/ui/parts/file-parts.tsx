import type { SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { formatPercent, formatSize } from '../format.ts'
import { kindOf, type FileKind } from '../intake/kinds.ts'
import { useApp } from '../state/app.ts'
import { copy, explain } from '../strings.ts'
import { Button, IconButton } from './button.tsx'
import {
  ArchiveFileIcon,
  AudioFileIcon,
  DownloadIcon,
  ElsewhereIcon,
  HereIcon,
  ImageFileIcon,
  LinkIcon,
  NobodyIcon,
  OtherFileIcon,
  PinIcon,
  TextFileIcon,
  VideoFileIcon,
  WarnIcon
} from './icons.tsx'
import { downloadUrl, mediaUrl } from './media.ts'
import { shownName } from './names.tsx'

export { FROM_WORKER, mediaUrl } from './media.ts'

/** How large a file is, in words: some programs post files and do not say. */
export function sizeOf({ size, unsized }: Pick<SharedFile, 'size' | 'unsized'>): string {
  return unsized ? copy.file.unsized : formatSize(size)
}

const ICONS: Record<FileKind, typeof OtherFileIcon> = {
  image: ImageFileIcon,
  audio: AudioFileIcon,
  video: VideoFileIcon,
  text: TextFileIcon,
  archive: ArchiveFileIcon,
  other: OtherFileIcon
}

export function KindIcon({ kind, size = 20 }: { kind: FileKind; size?: number }) {
  const Icon = ICONS[kind]
  return (
    <span className={`thumb kind ${kind}`}>
      <Icon size={size} />
    </span>
  )
}

/** Where a file's bytes are: an icon and words. */
export function Availability({ file }: { file: SharedFile }) {
  const { tone, icon, words, detail } = availabilityOf(file)
  return (
    <span className={`availability ${tone}`} title={detail}>
      {icon}
      <span className='availability-words'>{words}</span>
      {file.pinned && (
        <span className='pinned-mark' title={copy.file.pinned}>
          <PinIcon size={14} />
          <span className='hidden-text'>{copy.file.pinned}</span>
        </span>
      )}
    </span>
  )
}

function availabilityOf(file: SharedFile) {
  const { providers, online, phase } = file
  if (phase === 'bad') {
    const detail = file.problem ? explain(file.problem) : undefined
    return { tone: 'bad', icon: <WarnIcon size={14} />, words: copy.file.bad, detail }
  }
  if (file.here) {
    const detail = copy.file.hereDetail(providers, online)
    const tone = providers > 1 ? 'here' : 'here alone'
    return { tone, icon: <HereIcon />, words: copy.file.here(providers), detail }
  }
  if (phase === 'fetching') {
    const words = copy.file.fetching(
      file.unsized ? formatSize(file.received) : formatPercent(file.received, file.size)
    )
    return { tone: 'online', icon: <span className='spinner small' />, words, detail: undefined }
  }
  if (online > 0) {
    const words = copy.file.online(online)
    const detail = file.wanted === false ? copy.file.onDemandDetail : copy.file.onlineDetail
    return { tone: 'online', icon: <ElsewhereIcon />, words, detail }
  }
  const detail = copy.file.nobodyDetail
  const words = copy.file.nobody(file.lastSeen ?? 0)
  return { tone: 'nobody', icon: <NobodyIcon />, words, detail }
}

/** Download or get, and copy the link. */
export function FileActions({ relayKey, file }: { relayKey: string; file: SharedFile }) {
  const app = useApp()
  const name = shownName(file.name)
  const url = mediaUrl(file)
  const get = () =>
    app.attempt(async () => {
      await app.session.call('fetchFile', { relayKey, hash: file.hash })
      app.notices.say(copy.file.asked(name))
    })
  return (
    <span className='file-actions'>
      {url !== null && (
        <IconLink
          href={downloadUrl(url, file.name)}
          label={copy.file.downloadNamed(name)}
          hint={copy.file.download}
        />
      )}
      {!file.here && file.phase !== 'fetching' && (
        <Button kind='quiet' aria-label={copy.file.getNamed(name)} onPress={get}>
          {copy.file.get}
        </Button>
      )}
      {file.link && (
        <IconButton
          label={copy.file.copyLinkNamed(name)}
          hint={copy.file.copyLink}
          onPress={() => void copyLink(app.notices, file.link ?? '')}
        >
          <LinkIcon />
        </IconButton>
      )}
    </span>
  )
}

interface IconLinkProps {
  href: string
  label: string
  hint: string
  /** Its tabindex, where a list has one place for the Tab key */
  reach?: number
}

export function IconLink({ href, label, hint, reach }: IconLinkProps) {
  return (
    <a
      className='button icon quiet'
      href={href}
      download
      aria-label={label}
      data-hint={hint}
      tabIndex={reach}
    >
      <DownloadIcon />
    </a>
  )
}

async function copyLink(
  notices: ReturnType<typeof useApp>['notices'],
  link: string
): Promise<void> {
  try {
    await navigator.clipboard.writeText(link)
    notices.say(/^https?:/.test(link) ? copy.file.copied : copy.file.copiedInside)
  } catch {
    notices.say(copy.file.copyFailed, 'danger') // the browser refuses without saying why
  }
}
