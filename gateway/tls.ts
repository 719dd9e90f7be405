import fs from 'bare-fs/promises'
import tls from 'bare-tls'
import { Duplex } from 'streamx'
import { HypertunaError } from '../protocol/errors.ts'
import { unreadable } from './unreadable.ts'

interface Material {
  cert: Buffer
  key: Buffer
}

const BEGINS = {
  'a certificate': /-----BEGIN (TRUSTED )?CERTIFICATE-----/,
  'a private key without a passphrase': /-----BEGIN ((RSA|EC) )?PRIVATE KEY-----/
}

/**
 * The certificate and key in two PEM files, tried out: a server would take
 * anything and then fail each connection.
 *
 * @throws {HypertunaError} BAD_CONFIG, naming the file
 */
export async function readTls(paths: { cert: string; key: string }): Promise<Material> {
  const cert = await readPem(paths.cert, 'a certificate')
  const key = await readPem(paths.key, 'a private key without a passphrase')
  try {
    await tryOut({ cert, key })
  } catch (err) {
    const mismatch = (err as { code?: unknown }).code === 'KEY_VALUES_MISMATCH'
    const what = mismatch ? 'belongs to another certificate than' : 'cannot be used for HTTPS with'
    const message = `The key in ${paths.key} ${what} the one in ${paths.cert}`
    throw new HypertunaError('BAD_CONFIG', message, { cause: err })
  }
  return { cert, key }
}

async function readPem(path: string, kind: keyof typeof BEGINS): Promise<Buffer> {
  let bytes: Buffer
  try {
    bytes = Buffer.from(await fs.readFile(path))
  } catch (err) {
    throw unreadable(path, err)
  }
  if (BEGINS[kind].test(bytes.toString())) return bytes
  throw new HypertunaError('BAD_CONFIG', `${path} is not a PEM file with ${kind}`)
}

/** Makes the server's end of a connection that leads nowhere. */
function tryOut(material: Material): Promise<void> {
  return new Promise((resolve, reject) => {
    const nowhere = new Duplex() as never
    const socket = new tls.TLSSocket(nowhere, { isServer: true, ...material })
    socket.on('error', reject)
    socket.on('close', () => resolve())
    socket.destroy()
  })
}
