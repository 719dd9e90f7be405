/**
 * Builds the local query index's definition for HyperDB: what event-index.ts
 * keeps on the disk.
 *
 *   schema/     what was written so far (append only)
 *   generated/  encodings and keys, by hyperschema and hyperdb
 *
 * A change here is a new VERSION in event-index.ts: the index is then built anew.
 *
 * Usage: npm run generate
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import HyperDB from 'hyperdb/builder'
import Hyperschema from 'hyperschema'

const here = dirname(fileURLToPath(import.meta.url))
const schemaDir = join(here, 'schema')
const codeDir = join(here, 'generated')
mkdirSync(schemaDir, { recursive: true })
mkdirSync(codeDir, { recursive: true })

const required = (fields) =>
  Object.entries(fields).map(([name, type]) => ({ name, type, required: true }))

const schema = Hyperschema.from(schemaDir)
const types = schema.namespace('index')
types.register({
  name: 'entry',
  fields: required({
    age: 'uint',
    id: 'fixed32',
    position: 'uint',
    hidden: 'uint',
    expires: 'uint',
    json: 'string'
  })
})
types.register({
  name: 'change',
  fields: required({ position: 'uint', age: 'uint', id: 'fixed32', hidden: 'uint', at: 'uint' })
})
types.register({ name: 'term', fields: required({ term: 'buffer', age: 'uint', id: 'fixed32' }) })
types.register({
  name: 'place',
  fields: required({ position: 'uint', age: 'uint', id: 'fixed32' })
})
types.register({
  name: 'word',
  fields: required({ word: 'buffer', from: 'uint', postings: 'buffer' })
})
types.register({ name: 'segment', fields: required({ from: 'uint', to: 'uint', newest: 'uint' }) })
types.register({ name: 'count', fields: required({ term: 'buffer', events: 'uint' }) })
types.register({ name: 'mark', fields: required({ position: 'uint', hash: 'fixed32' }) })
types.register({
  name: 'head',
  fields: required({ name: 'string', version: 'uint', position: 'uint', generation: 'uint' })
})
schema.linkAll()
writeFileSync(join(schemaDir, 'schema.json'), JSON.stringify(schema.toJSON(), null, 2) + '\n')

const db = HyperDB.from(schemaDir, schemaDir)
const index = db.namespace('index')
index.collections.register({ name: 'entry', schema: '@index/entry', key: ['age', 'id'] })
index.collections.register({ name: 'count', schema: '@index/count', key: ['term'] })
index.collections.register({ name: 'mark', schema: '@index/mark', key: ['position'] })
index.collections.register({ name: 'head', schema: '@index/head', key: ['name'] })
index.collections.register({
  name: 'change',
  schema: '@index/change',
  key: ['position', 'age', 'id']
})
index.collections.register({ name: 'term', schema: '@index/term', key: ['term', 'age', 'id'] })
index.collections.register({ name: 'place', schema: '@index/place', key: ['position'] })
index.collections.register({ name: 'word', schema: '@index/word', key: ['word', 'from'] })
index.collections.register({ name: 'segment', schema: '@index/segment', key: ['from'] })
HyperDB.toDisk(db, codeDir, { esm: true })
renameSync(join(codeDir, 'db.json'), join(schemaDir, 'db.json'))
