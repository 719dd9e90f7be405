/** Every command, in the order in which the help lists them. */
import { completion, man } from './verbs/about.ts'
import { exportFiles, folderList, importFolder, linkFolder, unlinkFolder } from './verbs/folders.ts'
import { get } from './verbs/get.ts'
import { block, blocked, link, list, remove, unblock } from './verbs/files.ts'
import { keep, pin, unpin } from './verbs/keep.ts'
import { name } from './verbs/name.ts'
import { put } from './verbs/put.ts'
import { address, create, groupList, invite, join, leave } from './verbs/relay.ts'
import { start } from './verbs/start.ts'
import { status } from './verbs/status.ts'
import { unlock } from './verbs/unlock.ts'
import { usage } from './verbs/usage.ts'
import type { Verb } from './verb.ts'

export const VERBS: readonly Verb[] = [
  start,
  status,
  unlock,
  name,
  create,
  groupList,
  address,
  invite,
  join,
  leave,
  put,
  get,
  list,
  remove,
  block,
  unblock,
  blocked,
  link,
  importFolder,
  exportFiles,
  linkFolder,
  unlinkFolder,
  folderList,
  keep,
  pin,
  unpin,
  usage,
  completion,
  man
]
