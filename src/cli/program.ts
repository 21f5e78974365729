import { Command } from 'commander'
import { VERSION } from '../core/base/version.js'
import { addDoctor } from './doctor/add-doctor.js'
import { addAdopt, addExport, addRelease } from './adopt-verbs.js'
import { addApply, addPlan, addRollback } from './change-verbs.js'
import { exitHelp } from './command/help.js'
import type { RunVerb } from './command/context.js'
import { addCheckConfig, addProviders, addValidate } from './offline-verbs.js'
import { addOptics } from './optics-verbs.js'
import { addAudit, addCancel, addConfirm, addHistory, addRepair } from './pending-verbs.js'
import { addClear, addLifecycle } from './session-verbs.js'
import { addSupportBundle } from './support/add-support-bundle.js'
import { addShow, addStatus, addWatch } from './show-verbs.js'
import { addInstall } from './verbs/install.js'

/** Adds one verb to the program: its words, its options, its help, and what runs it. */
type AddVerb = (program: Command, run: RunVerb) => void

/** The verbs of `demarc`, in groups, in the order of its help. */
const VERBS: Readonly<Record<string, readonly AddVerb[]>> = {
  'Look at the router:': [addStatus, addDoctor, addShow, addWatch, addHistory, addAudit],
  'Change the router:': [
    addPlan,
    addApply,
    addConfirm,
    addCancel,
    addRollback,
    addRepair,
    addClear,
    addLifecycle,
    addOptics,
  ],
  'Take over a router that runs, and give it back:': [addExport, addAdopt, addRelease],
  'Work without the agent:': [
    addValidate,
    addProviders,
    addCheckConfig,
    addSupportBundle,
    addInstall,
  ],
}

const EXAMPLES = `
Examples:
  demarc plan intent.json                 show what would change, and what that does to traffic
  demarc apply intent.json --confirm 5m   change the router; rolled back unless confirmed in time
  demarc confirm                          keep that change
  demarc status                           show the router at a glance
  demarc doctor net-a                     find out whose fault it is that net-a does not work

"demarc help VERB" explains one verb. With --json every verb prints JSON, its faults too.

`

const EXITS = {
  0: 'done, or nothing to do',
  1: 'failed: the change was rolled back, or is stuck',
  2: 'plan: there is something to do; status, doctor: something is wrong',
  64: 'wrong command line',
  65: 'refused: the intent, its options or the router do not allow it',
  66: 'a file of the command line cannot be read',
  69: 'the agent, the hub or the router to install cannot be reached',
  75: 'not now: another change is under way, or FRR or the kernel does not answer',
  77: 'not permitted',
  78: 'wrong settings, or damaged state on the disk',
}

/** The command line of `demarc`; `run` gets the verb that the operator asked for. */
export function createProgram(run: RunVerb): Command {
  const program = new Command('demarc')
    .description(
      'Operates demarcd, the agent on the Linux router at the end of a dedicated cloud interconnect.',
    )
    .version(VERSION)
    .option('--utc', 'show times in UTC instead of the time zone of the terminal', false)
    .option('--json', 'print JSON for programs instead of tables', false)
    .option('--config <file>', "the agent's settings", '/etc/demarc/demarc.toml')
    .option('--socket <path>', "the agent's local socket (default: the one of the settings)")
    .addHelpText('after', `${EXAMPLES}${exitHelp(EXITS)}`)
    .exitOverride()
  for (const [heading, verbs] of Object.entries(VERBS)) {
    program.commandsGroup(heading)
    for (const add of verbs) add(program, run)
  }
  return program
}
