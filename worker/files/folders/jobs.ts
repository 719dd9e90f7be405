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
  onConflict: OnConflict
}

export const importPlan = ({ path, prefix }: ImportPlan): TransferPlan => ({ path, prefix })

export const exportPlan = ({ path, hashes, onConflict }: ExportPlan): TransferPlan => ({
  path,
  hashes: hashes === null ? null : hashes.join(),
  onConflict
})

/** @returns null when that is no import of ours */
export function importOf({ plan: { path, prefix } }: KeptJob): ImportPlan | null {
  return typeof path === 'string' && typeof prefix === 'string' ? { path, prefix } : null
}

/** @returns null when that is no export of ours */
export function exportOf({ plan: { path, hashes, onConflict } }: KeptJob): ExportPlan | null {
  if (onConflict !== 'skip' && onConflict !== 'overwrite' && onConflict !== 'keep-both') return null
  if (typeof path !== 'string' || (hashes !== null && typeof hashes !== 'string')) return null
  return { path, hashes: hashes === null ? null : hashes.split(',').filter(Boolean), onConflict }
}
