/** Changes the configuration in `<dir>` and says how that went. */
import process from 'bare-process'
import { HypertunaError } from '../../../protocol/errors.ts'
import { loadOrCreateConfig } from '../../../worker/config.ts'

try {
  const config = await loadOrCreateConfig(process.argv[2] ?? '')
  await config.update({ localPort: 2000 })
  console.log('saved')
} catch (err) {
  console.log(HypertunaError.from(err).code)
}
