import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { readHostFacts } from '../../../src/edge/host/facts/network-managers.js'

/** A host's file system with these files. */
function host(t: Test, files: Readonly<Record<string, string>>): string {
  const root = t.testdir()
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

t.test('an empty host has nothing, and that is no fault', async (t) => {
  const found = await readHostFacts([], t.testdir())
  t.strictSame(
    { ...found, sysctls: [...found.sysctls] },
    { units: [], systemd: null, files: [], unread: [], sysctls: [] },
  )
})

t.test('units that are active, files of all managers and settings are read', async (t) => {
  const root = host(t, {
    '/etc/frr/frr.conf': 'frr version 8.4\n',
    '/etc/network/interfaces': 'auto lo\n',
    '/etc/network/interfaces.d/.hidden.swp': 'x',
    '/etc/network/interfaces.d/lan': 'auto eth1\n',
    '/run/systemd/netif/links/2': 'ADMIN_STATE=configured\n',
    '/run/NetworkManager/devices/3': '[device]\nmanaged=true\n',
    '/etc/systemd/network/10-lan.network': '[Match]\n',
    '/etc/systemd/network/10-lan.network.d/keep.conf': '[Network]\n',
    '/usr/lib/systemd/network/99-default.link': 'not a network',
    '/usr/lib/x86_64-linux-gnu/systemd/libsystemd-shared-252.so': '',
    '/proc/sys/net/ipv4/ip_forward': '1\n',
    '/proc/sys/net/ipv4/conf/dl-par.100/arp_ignore': '2\n',
    '/proc/sys/net/ipv4/conf/other/arp_ignore': '1\n',
    '/proc/sys/net/ipv6/conf/all/forwarding': 'no number\n',
  })
  mkdirSync(join(root, '/run/systemd/units'), { recursive: true })
  symlinkSync('0d41f61c96dd4929', join(root, '/run/systemd/units/invocation:frr.service'))
  symlinkSync('x', join(root, '/run/systemd/units/log-level-max:ssh.service'))
  const found = await readHostFacts(['dl-par.100'], root)
  t.strictSame(found.units, ['frr.service'])
  t.equal(found.systemd, 252)
  t.strictSame(found.files.map(({ path }) => path).sort(), [
    '/etc/frr/frr.conf',
    '/etc/network/interfaces',
    '/etc/network/interfaces.d/lan',
    '/etc/systemd/network/10-lan.network',
    '/etc/systemd/network/10-lan.network.d/keep.conf',
    '/run/NetworkManager/devices/3',
    '/run/systemd/netif/links/2',
  ])
  t.strictSame(found.unread, [])
  t.strictSame(Object.fromEntries(found.sysctls), {
    'ipv4/ip_forward': 1,
    'ipv4/conf/dl-par.100/arp_ignore': 2,
  })
})

t.test(
  'a mask is an empty file; a path that is no file, too long or not text is named',
  async (t) => {
    const root = host(t, {
      '/etc/systemd/network/10-dir.network/x': '',
      '/etc/systemd/network/20-long.network': 'x'.repeat(256 * 1024 + 1),
      '/etc/systemd/network/40-fine.network': '[Match]\n',
    })
    const network = join(root, '/etc/systemd/network')
    symlinkSync('/dev/null', join(network, '50-masked.network'))
    symlinkSync('/dev/zero', join(network, '51-endless.network'))
    symlinkSync('/nowhere', join(network, '52-dangling.network'))
    symlinkSync('53-loop.network', join(network, '53-loop.network'))
    writeFileSync(join(network, '54-bytes.network'), Buffer.from([0xff, 0xfe]))
    execFileSync('mkfifo', [join(network, '55-pipe.network')])
    const found = await readHostFacts([], root)
    t.strictSame(Object.fromEntries(found.files.map(({ path, text }) => [path.slice(21), text])), {
      '40-fine.network': '[Match]\n',
      '50-masked.network': '',
      '51-endless.network': '',
    })
    t.strictSame(
      Object.fromEntries(found.unread.map(({ path, reason }) => [path.slice(21), reason])),
      {
        '20-long.network': 'more than 262144 octets',
        '53-loop.network': 'ELOOP',
        '54-bytes.network': 'not UTF-8 text',
        '55-pipe.network': 'not a regular file',
      },
    )
  },
)

t.test('a directory with more files than anybody has is read up to a limit', async (t) => {
  const root = t.testdir()
  const dir = join(root, '/etc/cron.d')
  mkdirSync(dir, { recursive: true })
  for (let i = 0; i < 8200; i++) writeFileSync(join(dir, `job${i}`), '')
  const found = await readHostFacts([], root)
  t.equal(found.files.length, 8192)
  t.strictSame(found.unread, [{ path: '/etc/cron.d', reason: 'more than 8192 files' }])
})

t.test('a file that the agent’s user may not read is named', async (t) => {
  const root = host(t, { '/etc/network/interfaces': 'x', '/etc/systemd/network/a.network': 'x' })
  chmodSync(root, 0o755)
  chmodSync(join(root, '/etc/network/interfaces'), 0o600)
  chmodSync(join(root, '/etc/systemd/network'), 0o700)
  const { unread: found } = await asNobody(() => readHostFacts([], root))
  t.strictSame(found, [
    { path: '/etc/systemd/network', reason: 'EACCES' },
    { path: '/etc/network/interfaces', reason: 'EACCES' },
  ])
})

/** Runs a task as user nobody (65534), because root may read everything. */
async function asNobody<T>(task: () => Promise<T>): Promise<T> {
  const isRoot = process.getuid?.() === 0
  if (isRoot) process.seteuid?.(65_534)
  try {
    return await task()
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
}

t.test('no more than 256 links are asked for their own settings', async (t) => {
  const links = Array.from({ length: 300 }, (_, i) => `dl.${i}`)
  const files = links.map((link) => [`/proc/sys/net/ipv4/conf/${link}/proxy_arp`, '0\n'] as const)
  const found = await readHostFacts(links, host(t, Object.fromEntries(files)))
  t.equal(found.sysctls.size, 256)
})
