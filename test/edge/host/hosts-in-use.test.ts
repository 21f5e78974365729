import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { hostsInUse } from '../../../src/edge/host/facts/hosts-in-use.js'

/** `/proc/net/tcp`: sshd listens on port 22, bgpd on 179; one connection to each, one of this host's own. */
const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1
   1: 00000000:00B3 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2
   2: 0A0200C0:0016 076433C6:D431 01 00000000:00000000 02:00000000 00000000     0        0 3
   3: 0A0200C0:00B3 086433C6:D432 01 00000000:00000000 02:00000000 00000000     0        0 4
   4: 0A0200C0:C001 096433C6:01BB 01 00000000:00000000 02:00000000 00000000     0        0 5
   5: 0100007F:0016 0100007F:D433 01 00000000:00000000 02:00000000 00000000     0        0 6
`
const TCP6 = `  sl  local_address                         remote_address                        st
   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A
   1: B80D0120000000000000000001000000:0016 B80D0120000000000000000002000000:D431 01
   2: 0000000000000000FFFF00000A0200C0:0016 0000000000000000FFFF00000A6433C6:D431 01
`

test('DNS servers and the hosts that use a service of this router', async (t) => {
  const root = t.testdir({})
  for (const folder of ['etc', 'proc/net']) mkdirSync(join(root, folder), { recursive: true })
  writeFileSync(
    join(root, 'etc/resolv.conf'),
    'search a.example\nnameserver 192.0.2.53\n#nameserver 192.0.2.54\nnameserver 127.0.0.53\nnameserver 2001:DB8:0::53\nnameserver fe80::1%eth0\nnameserver nonsense\n',
  )
  writeFileSync(join(root, 'proc/net/tcp'), TCP)
  writeFileSync(join(root, 'proc/net/tcp6'), TCP6)
  const dns = 'a DNS server in /etc/resolv.conf'
  const ssh = 'a host with a connection to TCP port 22 of this router'
  t.strictSame(await hostsInUse(root), [
    { address: '192.0.2.53', purpose: dns },
    { address: '2001:db8::53', purpose: dns },
    { address: '198.51.100.7', purpose: ssh },
    { address: '2001:db8::2', purpose: ssh },
    { address: '198.51.100.10', purpose: ssh },
  ])
})

test('a host that shows none of it has none', async (t) => {
  t.strictSame(await hostsInUse(t.testdir({})), [])
})
