#!/usr/bin/env node
/**
 * Looks for planted secrets (`test/support/process/planted-secrets.ts`) in everything that the suite has put out, in
 * clear and in the forms a program may have given them. One test for each folder; a folder without a
 * file is a failure, because nothing was looked at.
 *
 *   scan-secrets.mjs FOLDER...
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { openTap } from './tap/tap.mjs'

const MARK = 'xPlantedx'

/** Where a secret belongs: an operator's files, and the routers that demarc only talks to. */
const AT_HOME = [
  /(^|\/)secrets\/[^/]+$/,
  /\.secrets$/,
  /(^|\/)(bird|gobgpd?|frr|bgpd)[^/]*\.(conf|toml)(\.sav)?$/,
]

/** How a file of gzip begins (RFC 1952), whatever its name. */
const GZIP = Buffer.from([0x1f, 0x8b])

/** Findings that are listed for one folder. */
const SHOWN = 20

/** The mark as it stands in a text, in hexadecimal, and in Base64 wherever it begins. */
function forms() {
  const hex = Buffer.from(MARK).toString('hex')
  const base64 = [0, 1, 2].map((before) =>
    // The first and last digits depend on what stands beside the mark.
    Buffer.from(`${' '.repeat(before)}${MARK}`)
      .toString('base64')
      .slice(before === 0 ? 0 : before + 1, -4),
  )
  return [MARK, hex, hex.toUpperCase(), ...base64]
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

/** The octets of a file; of a support bundle (tar.gz) those of the files in it, which tar leaves as they are. */
function octetsOf(file) {
  const octets = readFileSync(file)
  return octets.subarray(0, 2).equals(GZIP) ? gunzipSync(octets) : octets
}

/** `FILE:LINE` of every secret in the file; never the text itself. */
function findings(file, wanted) {
  const lines = octetsOf(file).toString('latin1').split('\n')
  return lines.flatMap((line, i) =>
    wanted.some((form) => line.includes(form)) ? [`${file}:${i + 1} holds a planted secret`] : [],
  )
}

const folders = process.argv.slice(2)
const tap = openTap(Math.max(1, folders.length))
const wanted = forms()
if (folders.length === 0) tap.point(false, 'there is a folder to look at')
for (const folder of folders) {
  let files = []
  try {
    files = filesIn(folder)
  } catch (error) {
    console.log(`# ${error.message}`)
  }
  const outputs = files.filter((file) => !AT_HOME.some((home) => home.test(relative(folder, file))))
  const found = outputs.flatMap((file) => findings(file, wanted))
  const name = `no planted secret is in ${folder}, and there are files to look at`
  console.log(
    `# ${outputs.length} files of ${folder} read, ${files.length - outputs.length} may hold one`,
  )
  tap.point(outputs.length > 0 && found.length === 0, name, found.slice(0, SHOWN).join('\n'))
}
