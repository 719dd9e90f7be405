/** What operators copy: it names only what there is. */
import test from 'brittle'
import fs from 'bare-fs/promises'
import { fileURLToPath } from 'bare-url'
import { HELP, parseArguments, readConfig } from '../../gateway/config.ts'
import { connectionsWithin } from '../../gateway/descriptors.ts'
import { Metrics } from '../../gateway/metrics.ts'

const FOLDER = fileURLToPath(new URL('../../../gateway/operations/', import.meta.url).href)

test('so many connections as there are descriptors for', (t) => {
  t.is(connectionsWithin(8192, 32_768), 8192)
  t.is(connectionsWithin(8192, null), 8192)
  t.is(connectionsWithin(8192, 1024), 512)
  t.is(connectionsWithin(8192, 4096), 3584)
  t.is(connectionsWithin(100, 256), 100)
})

test('the unit and the container start what there is, as it is to be started', async (t) => {
  const text = async (name: string): Promise<string> =>
    String(await fs.readFile(`${FOLDER}${name}`, { encoding: 'utf8' }))
  const [unit, container] = [await text('hypertuna-gateway.service'), await text('Containerfile')]
  const starts = /^ExecStart=\/usr\/bin\/node (.+)$/m.exec(unit)?.[1]?.split(' ') ?? []
  const runs = JSON.parse(/^ENTRYPOINT (.+)$/m.exec(container)?.[1] ?? '[]') as string[]
  t.is(runs.shift(), 'node')
  for (const [script, program, ...flags] of [starts, runs]) {
    t.is(program, 'gateway')
    t.ok(await fs.stat(fileURLToPath(new URL(`../../../${script}`, import.meta.url).href)))
    t.ok(HELP.includes('--config'))
    for (const flag of flags.filter((word) => word.startsWith('--'))) {
      t.ok(new RegExp(`^  ${flag} `, 'm').test(HELP), flag)
    }
    const given = flags.filter((_, i) => flags[i - 1] !== '--config' && flags[i] !== '--config')
    t.ok(parseArguments(given) !== null)
  }
  const drain = (await readConfig(['--config', `${FOLDER}gateway.json`]))?.drain ?? NaN
  const patience = Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])
  t.ok(patience * 1000 > drain + 2000, 'systemd waits for what is drained')
  const descriptors = Number(/^LimitNOFILE=(\d+)$/m.exec(unit)?.[1])
  t.is(connectionsWithin(8192, descriptors), 8192)
})

test('the dashboard, the alerts and the example speak of what there is', async (t) => {
  const metrics = new Metrics()
  metrics.answered('drive', 'GET', 200, 1)
  const known = metrics.text()
  for (const name of ['grafana.json', 'alerts.yml']) {
    const text = String(await fs.readFile(`${FOLDER}${name}`, { encoding: 'utf8' }))
    const used = new Set(text.match(/hypertuna_gateway_[a-z_]+/g))
    t.ok(used.size > 5)
    for (const metric of used) {
      t.ok(known.includes(`${metric}{`) || known.includes(`${metric} `), metric)
    }
  }
  const config = await readConfig(['--config', `${FOLDER}gateway.json`])
  t.is(config?.cacheSize, 50e9)
})
