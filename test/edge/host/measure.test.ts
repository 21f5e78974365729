import { createServer } from 'node:net'
import { once } from 'node:events'
import t from 'tap'
import { probeAddress } from '../../../src/edge/host/measure/address-probe.js'
import { echo } from '../../../src/edge/host/measure/echo.js'
import { dialTcp, dialTcpOver } from '../../../src/edge/host/measure/tcp-dial.js'

/** The real ping, arping and TCP, on the loopback interface. */

const request = { address: '127.0.0.1', link: 'lo', from: '127.0.0.1', count: 3, size: null }

t.test('each echo request that comes back is counted, with its time', async (t) => {
  t.match(await echo(request), { sent: 3, received: 3, roundTrip: Number })
  t.match(await echo({ ...request, count: 1, size: 1500 }), { sent: 1, received: 1 })
})

t.test('nobody answers, and a link that is not there', async (t) => {
  t.match(await echo({ ...request, address: '192.0.2.77', count: 1 }), { received: 0 })
  t.equal(await echo({ ...request, link: 'no-such-link' }), null)
})

t.test('a TCP port that is open and one that is not', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  t.equal(await dialTcp('127.0.0.1', '127.0.0.1', port), 'open')
  t.equal(await dialTcpOver('127.0.0.1', 'lo', port), 'open')
  server.close()
  await once(server, 'close')
  t.equal(await dialTcp('127.0.0.1', '127.0.0.1', port), 'refused')
  t.equal(await dialTcpOver('127.0.0.1', 'lo', port), 'refused')
  t.equal(await dialTcpOver('192.0.2.77', 'lo', port), 'silent')
  t.equal(await dialTcpOver('127.0.0.1', 'no-such-link', port), null)
  t.equal(await dialTcp('127.0.0.1', '192.0.2.77', port), 'unreachable', 'no such own address')
})

t.test('no other host has the address of a link without ARP', async (t) => {
  t.equal(await probeAddress('127.0.0.1', 'lo'), null)
})
