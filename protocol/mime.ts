/** Media types by extension, for names that people give to files. */

/** The first extension of a type is the one that its links get. */
const EXTENSIONS: Record<string, string> = {
  'application/epub+zip': 'epub',
  'application/gzip': 'gz tgz',
  'application/json': 'json',
  'application/msword': 'doc',
  'application/ogg': 'ogx',
  'application/pdf': 'pdf',
  'application/rtf': 'rtf',
  'application/vnd.android.package-archive': 'apk',
  'application/vnd.debian.binary-package': 'deb',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.ms-powerpoint': 'ppt',
  'application/vnd.oasis.opendocument.presentation': 'odp',
  'application/vnd.oasis.opendocument.spreadsheet': 'ods',
  'application/vnd.oasis.opendocument.text': 'odt',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.sqlite3': 'sqlite db',
  'application/wasm': 'wasm',
  'application/x-7z-compressed': '7z',
  'application/x-apple-diskimage': 'dmg',
  'application/x-bzip2': 'bz2',
  'application/x-iso9660-image': 'iso',
  'application/x-sh': 'sh',
  'application/x-tar': 'tar',
  'application/x-xz': 'xz',
  'application/xhtml+xml': 'xhtml',
  'application/xml': 'xml',
  'application/zip': 'zip',
  'application/zstd': 'zst',
  'audio/aac': 'aac',
  'audio/flac': 'flac',
  'audio/midi': 'mid midi',
  'audio/mp4': 'm4a',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg oga',
  'audio/opus': 'opus',
  'audio/wav': 'wav',
  'font/otf': 'otf',
  'font/ttf': 'ttf',
  'font/woff': 'woff',
  'font/woff2': 'woff2',
  'image/avif': 'avif',
  'image/bmp': 'bmp',
  'image/gif': 'gif',
  'image/heic': 'heic',
  'image/jpeg': 'jpg jpeg',
  'image/png': 'png',
  'image/svg+xml': 'svg',
  'image/tiff': 'tiff tif',
  'image/vnd.microsoft.icon': 'ico',
  'image/webp': 'webp',
  'text/calendar': 'ics',
  'text/css': 'css',
  'text/csv': 'csv',
  'text/html': 'html htm',
  'text/javascript': 'js mjs cjs',
  'text/markdown': 'md markdown',
  'text/plain': 'txt log ini cfg conf ts tsx rs go py c h cpp toml yaml yml',
  'video/mp4': 'mp4 m4v',
  'video/mpeg': 'mpeg mpg',
  'video/ogg': 'ogv',
  'video/quicktime': 'mov',
  'video/webm': 'webm',
  'video/x-matroska': 'mkv',
  'video/x-msvideo': 'avi'
}

const OTHER_NAMES: Record<string, string> = {
  'application/javascript': 'js',
  'application/x-gzip': 'gz',
  'application/x-zip-compressed': 'zip',
  'audio/mp3': 'mp3',
  'audio/x-m4a': 'm4a',
  'audio/x-wav': 'wav',
  'audio/webm': 'webm',
  'image/jpg': 'jpg',
  'image/x-icon': 'ico',
  'text/xml': 'xml'
}

const EXTENSION = /[^.]\.([A-Za-z0-9]{1,10})$/
const TYPE = /^[a-z0-9!#$&^_.+-]{1,64}\/[a-z0-9!#$&^_.+-]{1,127}$/

const extensions = new Map(Object.entries(OTHER_NAMES))
const types = new Map<string, string>()
for (const [type, list] of Object.entries(EXTENSIONS)) {
  const names = list.split(' ')
  extensions.set(type, names[0]!)
  for (const name of names) types.set(name, type)
}

/** A type as `type/subtype` in lowercase without parameters, or null if it is none (RFC 6838). */
export function plainMime(mime: unknown): string | null {
  if (typeof mime !== 'string' || mime.length > 512) return null
  const plain = mime.split(';', 1)[0]!.trim().toLowerCase()
  return TYPE.test(plain) ? plain : null
}

/** The usual extension of a type, without its dot. */
export function mimeExtension(mime: string | null): string | null {
  const plain = plainMime(mime)
  return plain === null ? null : (extensions.get(plain) ?? null)
}

/** The extension of a file name, lowercase and without its dot; null for `.profile` and `README`. */
export function extensionOf(name: string): string | null {
  return EXTENSION.exec(name.slice(-64))?.[1]?.toLowerCase() ?? null
}

/** The type that a file's name suggests, or null. Whoever publishes a file may ask; nobody serves by it. */
export function mimeFor(name: string): string | null {
  const ext = extensionOf(name)
  return ext === null ? null : (types.get(ext) ?? null)
}
