import t from 'tap'
import { bgpConnections } from '../../../src/edge/host/facts/bgp-connections.js'

const HEADING = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt'

t.test('SYNs of BGP without an answer, and what TCP MD5 has dropped', async (t) => {
  const net = {
    tcp: [
      HEADING,
      '   0: 0200000A:B10E 0100000A:00B3 02 00000001:00000000 01:00000062 00000000',
      '   1: 0200000A:B10F 0500000A:00B3 01 00000000:00000000 02:00000062 00000000',
      '   2: 0200000A:B110 0900000A:0050 02 00000001:00000000 01:00000062 00000000',
    ].join('\n'),
    tcp6: [
      HEADING,
      '   0: B80D0120000000000000000002000000:B10E B80D0120000000000000000001000000:00B3 02 00000001:00000000',
    ].join('\n'),
    netstat: [
      'TcpExt: SyncookiesSent TCPMD5NotFound TCPMD5Unexpected TCPMD5Failure',
      'TcpExt: 1 2 3 4',
      'IpExt: InNoRoutes',
      'IpExt: 5',
    ].join('\n'),
  }
  t.strictSame(await bgpConnections(t.testdir({ proc: { net } })), {
    connecting: new Set(['10.0.0.1', '2001:db8::1']),
    md5: { unsigned: 2, unexpected: 3, wrong: 4 },
  })
})

t.test('a kernel without these files, or without TCP MD5, shows nothing', async (t) => {
  const nothing = { connecting: new Set(), md5: { unsigned: 0, unexpected: 0, wrong: 0 } }
  t.strictSame(await bgpConnections(t.testdir()), nothing)
  const net = { tcp: 'x', netstat: 'TcpExt: TCPMD5NotFound\nTcpExt: many' }
  t.strictSame(await bgpConnections(t.testdir({ proc: { net } })), nothing)
})
