import * as fc from 'fast-check'
import t from 'tap'
import { toCommunity } from '../../../src/core/model/bgp.js'
import { ALIAS_MARK, linkAlias } from '../../../src/core/model/link.js'
import {
  type Ifname,
  toIfname,
  toInterfaceAddress,
  toIpText,
  toLine,
  toPrefix,
  toSecretDigest,
  toWord,
} from '../../../src/core/model/names.js'

/** What ends a line, begins a comment, a pipe, a help or an option for a shell, vty or the kernel. */
const HOSTILE = ['!', '#', '|', '?', '\\', '\n', '\r', '\t', '\0', '\u007f', '\u0080', '\u2028']

/** Characters by number, which no TAP parser takes for anything else. */
const codes = (text: string) => Array.from(text, (char) => `U+${char.charCodeAt(0)}`).join(' ')

t.test('no text with a control character or a metacharacter of vty is a line', async (t) => {
  for (const bad of HOSTILE) t.equal(toLine(`a${bad}b`), undefined, codes(bad))
  for (const bad of ['a  b', ' a', 'a ']) t.equal(toLine(bad), undefined, 'blanks')
  t.equal(toLine(''), undefined)
  t.equal(toLine('x'.repeat(65)), undefined)
  t.equal(toLine('x'.repeat(128), 128), 'x'.repeat(128))
  t.equal(toLine('Paris, 1 of 2 "a" $(b) `c`; d & e'), 'Paris, 1 of 2 "a" $(b) `c`; d & e')
})

t.test('a name is one plain word that cannot be an option or a path', async (t) => {
  for (const bad of ['', '.', '..', '-x', 'a b', 'a/b', 'a:b', 'a\n', 'é', ...HOSTILE]) {
    t.equal(toIfname(bad), undefined, codes(bad))
    t.equal(toWord(bad), undefined, codes(bad))
  }
  t.equal(toIfname('x'.repeat(16)), undefined, 'IFNAMSIZ')
  t.equal(toWord('x'.repeat(64)), undefined)
  for (const good of ['eth0', 'enp1s0f0.4094', '_x', 'bond-1']) t.equal(toIfname(good), good)
})

t.test('whatever is accepted is printable ASCII without an end of line', async () => {
  const accept = [toIfname, toWord, toLine, toIpText, toPrefix, toInterfaceAddress, toCommunity]
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) =>
      accept.every((to) => /^[\x20-\x7e]+$/.test(to(text) ?? 'x')),
    ),
  )
})

t.test('addresses and prefixes come out in one spelling, or not at all', async (t) => {
  t.equal(toIpText('2001:DB8::0:1'), '2001:db8::1')
  t.equal(toInterfaceAddress('10.0.0.2/30'), '10.0.0.2/30')
  t.equal(toInterfaceAddress('10.0.0.2'), undefined)
  t.equal(toPrefix('10.0.0.0/8'), '10.0.0.0/8')
  t.equal(toPrefix('10.0.0.1/8'), undefined, 'bits are set behind the length')
})

t.test('a community is spelled as FRR prints it', async (t) => {
  for (const good of ['65000:1', '0:1', '4294967295:0:7', 'no-export', 'local-AS']) {
    t.equal(toCommunity(good), good)
  }
  const wrong = [
    '65535:666',
    '65535:65281',
    '0:0',
    '65536:1',
    '1',
    '1:2:3:4',
    '01:2',
    'internet',
    '1:',
    '1:-1',
  ]
  for (const bad of [...wrong, 'NO-EXPORT', '1:2\n']) t.equal(toCommunity(bad), undefined, bad)
})

t.test('a digest is hexadecimal and an alias says whose the link is', async (t) => {
  t.equal(toSecretDigest('0123456789abcdef'), '0123456789abcdef')
  t.equal(toSecretDigest('hunter2'), undefined)
  t.equal(linkAlias('vrf', 'blue' as Ifname), `${ALIAS_MARK}vrf blue`)
})
