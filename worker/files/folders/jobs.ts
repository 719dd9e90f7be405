/** Imports and exports that were under way when the worker ended, as they are kept and begun anew. */
import type { KeptJob } from '../choices.ts'
import type { TransferPlan } from '../transfer.ts'
import type { OnConflict } from './export.ts'

/** What a job is begun with. */
export interface ImportPlan {
  path: string
  prefix: string
}

export interface ExportPlan {
  path: string
  /** Null for all files. */
  hashes: string[] | null
  /** Of these hashes the records of these events; null for all that they are called. */
  eventIds: string[] | null
  onConflict: OnConflict
}

export const importPlan = ({ path, prefix }: ImportPlan): TransferPlan => ({ path, prefix })

export const exportPlan = ({ path, hashes, eventIds, onConflict }: ExportPlan): TransferPlan => ({
  path,
  hashes: joined(hashes),
  eventIds: joined(eventIds),
  onConflict
})

const joined = (ids: string[] | null): string | null => (ids === null ? null : ids.join())
const apart = (text: string | null): string[] | null => text?.split(',').filter(Boolean) ?? null

/** @returns null when that is no import of ours */
export function importOf({ plan: { path, prefix } }: KeptJob): ImportPlan | null {
  return typeof path === 'string' && typeof prefix === 'string' ? { path, prefix } : null
}

/** @returns null when that is no export of ours */
export function exportOf({ plan }: KeptJob): ExportPlan | null {
  const { path, hashes, eventIds = null, onConflict } = plan // of before it has no events
  if (onConflict !== 'skip' && onConflict !== 'overwrite' && onConflict !== 'keep-both') return null
  if (typeof path !== 'string' || (hashes !== null && typeof hashes !== 'string')) return null
  if (eventIds !== null && typeof eventIds !== 'string') return null
  return { path, hashes: apart(hashes), eventIds: apart(eventIds), onConflict }
}
