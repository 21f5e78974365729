#!/usr/bin/env node
/**
 * Writes docs/quickstart.md from what the last `./scripts/quickstart` printed, which it keeps in
 * .cache/quickstart/output.txt. The suite runs the quickstart and compares the outline of its output with
 * the page; times, names of changes and light levels differ from run to run.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { formatted } from './text.mjs'

const OUTPUT = '.cache/quickstart/output.txt'
export const PAGE = 'docs/quickstart.md'

const INTRODUCTION = `# The quickstart

\`./scripts/quickstart\` boots a guest with a real Debian kernel in QEMU, with or without hardware virtualisation. In it stand a
customer's router (FRR, \`demarcd\`) and a provider's router that demarc did not write (BIRD), joined by two virtual fibres with SFP+
modules, and \`demarc-hub\` on a management network. Nothing on your machine's own network is touched.

1. The hub pushes the minimal intent of OUTSCALE. The AS of the peer is not in it: the rule \`outscale/provider-as\` fills it in.
2. The hub pushes more. The attachment moves to an LACP bond, with a second VLAN, a bridge and BFD.
3. One fibre is bent until its receiver sees no light, and straightened again. The session stays up.
4. The hub is reached only through the interconnect, and pushes an intent that cuts this path. The change is rolled back.
5. The hub is given an intent that breaks a rule of OUTSCALE. It refuses it, with the rule and its source.

\`./scripts/quickstart --stay\` keeps everything up, with a shell on the customer's router.

This page is made from a run, by \`./scripts/quickstart && node scripts/generate/quickstart-page.mjs\`:
`

/** The part of the output that comes from the guest's demonstration. */
export function transcript(output) {
  const lines = output.split('\n').map((line) => line.trimEnd())
  const first = lines.findIndex((line) => line.startsWith('== Building'))
  const last = lines.findIndex((line) => line === '== Done')
  if (first < 0 || last < first) throw new Error('the output holds no whole demonstration')
  return lines.slice(first, last).join('\n').trim()
}

/** What two runs have in common: the headings and the commands, in order. */
export function outline(text) {
  return text.split('\n').filter((line) => /^(== |\$ )/.test(line))
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const shown = transcript(readFileSync(OUTPUT, 'utf8'))
  const page = `${INTRODUCTION}\n\`\`\`text\n${shown}\n\`\`\`\n`
  writeFileSync(PAGE, await formatted(PAGE, page))
  console.log(`${PAGE} written`)
}
