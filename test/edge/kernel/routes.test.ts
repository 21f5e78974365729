import { execFileSync } from 'node:child_process'
import { test } from 'tap'
import { openKernel } from '../../../src/edge/kernel/open.js'

/** RTPROT_BOOT, which iproute2 leaves out. */
const BOOT = '3'

interface Shown {
  readonly type?: string
  readonly dst: string
  readonly gateway?: string
  readonly dev?: string
  readonly protocol?: string
  readonly flags?: readonly string[]
}

/** What iproute2 shows of the same tables. */
function shown(family: '-4' | '-6'): readonly string[] {
  const text = execFileSync('ip', [family, '-N', '-j', 'route', 'show', 'table', 'all'], {
    encoding: 'utf8',
  })
  const any = family === '-4' ? '0.0.0.0/0' : '::/0'
  const full = family === '-4' ? 32 : 128
  return (JSON.parse(text) as readonly Shown[])
    .filter(
      ({ type = '1', dev, protocol }) => type === '1' && dev !== undefined && protocol !== '186',
    )
    .map(({ dst, gateway = '-', dev, protocol = BOOT }) => {
      const to = dst === 'default' ? any : dst.includes('/') ? dst : `${dst}/${full}`
      return `${to} ${gateway} ${dev} ${protocol}`
    })
}

test('the routes of this machine are those that iproute2 shows', async (t) => {
  const kernel = await openKernel()
  t.teardown(() => kernel.close())
  const routes = await kernel.routes()
  const found = routes.map(
    ({ destination, gateway, link, protocol }) =>
      `${destination} ${gateway ?? '-'} ${link} ${protocol}`,
  )
  t.strictSame(found.toSorted(), [...shown('-4'), ...shown('-6')].toSorted())
})
