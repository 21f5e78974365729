import t from 'tap'
import { parseSecretsFile } from '../../../src/core/config/secrets-file.js'
import { planted } from '../../support/process/planted-secrets.js'

const ONE = planted('one')
const FILE = 'bgp.secrets'

t.test('passwords come from JSON or TOML, by name', (t) => {
  const both = { ok: true, value: { 'net-a': ONE, 'net.b': 'x' } }
  t.strictSame(parseSecretsFile(`{"net-a": "${ONE}", "net.b": "x"}\n`, FILE), both)
  t.strictSame(parseSecretsFile(`net-a = "${ONE}"\n"net.b" = "x" # why\n`, FILE), both)
  t.strictSame(parseSecretsFile('', FILE), { ok: true, value: {} })
  t.end()
})

t.test('no fault of such a file quotes a password', (t) => {
  const wrong = [
    `net-a = ${ONE}`,
    `net-a = "${ONE}`,
    `net-a: ${ONE}`,
    ONE,
    `net-a = "${ONE} and more"`,
    `net-a = ["${ONE}"]`,
    `{"net-a": ${ONE}}`,
    `{"net-a": "${ONE}"`,
    `{"net-a": {"text": "${ONE}"}}`,
  ]
  for (const text of wrong) {
    const result = parseSecretsFile(text, FILE)
    t.match(result, { ok: false, faults: [{ at: new RegExp(`^${FILE}`) }] }, text.length.toString())
    t.notMatch(JSON.stringify(result), /xPlantedx/)
  }
  t.end()
})
