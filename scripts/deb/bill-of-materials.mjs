/** What the packages contain, as CycloneDX 1.6 (ECMA-424): demarc, Node, and every npm package, with licences and checksums. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { NODE_PACKAGES, nodeVersion } from './layout.mjs'

export function billOfMaterials({ files, version, arch, time }) {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages
  const runtime = JSON.parse(
    readFileSync(join(import.meta.dirname, 'runtime/package-lock.json'), 'utf8'),
  ).packages
  const node = NODE_PACKAGES[arch].name
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: new Date(time * 1000).toISOString(),
      component: {
        type: 'application',
        name: 'demarc',
        version,
        licenses: [{ license: { id: 'Apache-2.0' } }],
      },
    },
    components: [
      component(node, { ...runtime[`node_modules/${node}`], version: nodeVersion(arch) }),
      ...bundled(files, lock),
    ],
  }
}

/** The packages in the bundles, by its list of licences, and those beside them. */
function bundled({ packages }, lock) {
  const listed = readFileSync('dist/LICENSES.txt', 'utf8')
    .split(`\n${'-'.repeat(80)}\n`)
    .map((text) => text.split('\n')[0])
  const beside = packages.map(({ place }) =>
    place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length),
  )
  return [...new Set([...listed, ...beside])]
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((name) =>
      component(name, { license: statedLicence(name), ...lock[`node_modules/${name}`] }),
    )
}

/** Older packages state their licences as a list, which the lock file leaves out. */
function statedLicence(name) {
  const { licenses } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8'))
  return licenses?.map(({ type }) => type).join(' OR ')
}

function component(name, { version, license, integrity }) {
  const [group, own] = name.startsWith('@') ? name.split('/') : [undefined, name]
  return {
    type: 'library',
    ...(group === undefined ? {} : { group }),
    name: own,
    version,
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    ...(license === undefined ? {} : { licenses: [{ expression: license }] }),
    hashes: [
      {
        alg: 'SHA-512',
        content: Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex'),
      },
    ],
  }
}
