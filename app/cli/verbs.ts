/** Every command, in the order in which the help lists them. */
import { completion, man } from './verbs/about.ts'
import { get } from './verbs/get.ts'
import { link, list, remove } from './verbs/files.ts'
import { put } from './verbs/put.ts'
import { create, groupList, invite, join, leave } from './verbs/relay.ts'
import { start } from './verbs/start.ts'
import { status } from './verbs/status.ts'
import type { Verb } from './verb.ts'

export const VERBS: readonly Verb[] = [
  start,
  status,
  create,
  groupList,
  invite,
  join,
  leave,
  put,
  get,
  list,
  remove,
  link,
  completion,
  man
]
