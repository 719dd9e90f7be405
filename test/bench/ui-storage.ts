/** A storage as somebody has it who uses the app a lot: thousands of files, and as many messages. */
import fs from 'bare-fs'
import { join } from 'bare-path'

import { startProgram } from '../../app/demo/process.ts'
import { openFace } from '../../app/face.ts'
import { pixels } from './pixels.ts'

/** Posts that wait for their answers at once */
const AT_ONCE = 16

/**
 * Fills `dir/storage` as a person would, by an import and by posting; `dir/filled` is there once
 * all of it is.
 */
export async function fill(dir: string, bootstrap: string, size: number): Promise<void> {
  const storage = join(dir, 'storage')
  fs.rmSync(dir, { recursive: true, force: true })
  const folder = join(dir, 'folder')
  fs.mkdirSync(folder, { recursive: true })
  for (let i = 0; i < size; i++) {
    const picture = i % 4 === 0
    const name = `${['Harbour', 'Lisbon', 'Take', 'Notes'][i % 4]} ${i}.${picture ? 'bmp' : 'txt'}`
    fs.writeFileSync(join(folder, name), picture ? pixels(i) : `file ${i} `.repeat(40))
  }
  fs.mkdirSync(storage)
  fs.writeFileSync(join(storage, 'user-config.json'), JSON.stringify({ displayName: 'Mara' }))
  const flags = ['--storage', storage, '--bootstrap', bootstrap, '--local-port', '0', '--no-open']
  const program = await startProgram('member', flags)
  const face = await openFace(storage)
  await face.first('status', {}, ({ state }) => state === 'ready')
  await face.call('setName', { name: 'Mara' })
  const files = await face.call('createRelay', { name: 'Many files', access: 'closed' })
  await face.call('importFolder', { relayKey: files.relayKey, folder, prefix: null })
  const talk = await face.call('createRelay', { name: 'Much talk', access: 'closed' })
  let next = 0
  const post = async (): Promise<void> => {
    while (next < size) {
      const content = words(next++)
      await face.call('post', { relayKey: talk.relayKey, content, kind: 9, files: [] })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, post))
  await face.close()
  await program.stop()
  fs.rmSync(folder, { recursive: true })
  fs.writeFileSync(join(dir, 'filled'), '')
}

/** Short and long ones, links among them. */
function words(i: number): string {
  const long = i % 5 === 0 ? ' The tide was late and the light stayed on the wall.'.repeat(4) : ''
  return `Message ${i} of many.${long}${i % 9 === 0 ? ' https://example.org/page' : ''}`
}
