import { fault } from '../../core/base/fault.js'
import { quote } from '../../core/base/quote.js'
import { didYouMean } from '../../core/base/suggest.js'
import type { Profiles } from '../../core/providers/lines.js'
import { openProfiles, profileDir } from '../../edge/host/profiles/profile-files.js'
import type { ExitStatus } from '../../edge/host/program.js'
import { Refusal, show, type Context } from '../command/context.js'
import { renderProfile, renderProfiles } from '../render/providers.js'
import { printable } from '../render/table.js'

/** The built-in profiles and those beside the settings file; a file that cannot be used is named on stderr. */
export async function profilesFor({ configFile, err }: Context): Promise<Profiles> {
  const opened = await openProfiles(profileDir(configFile))
  for (const { code, at, message } of opened.faults()) {
    err(`${code}  ${printable(at)}: ${printable(message)}; the file is not used`)
  }
  return opened.profiles()
}

/** `demarc providers [NAME]`: all of them, or what one of them demands. */
export async function providers(context: Context, name: string | undefined): Promise<ExitStatus> {
  const profiles = await profilesFor(context)
  if (name === undefined) return show(context, [...profiles.values()], renderProfiles)
  const profile = profiles.get(name)
  if (profile !== undefined) return show(context, profile, renderProfile)
  const known = [...profiles.keys()]
  const message = `no provider has a profile of this name${didYouMean(name, known)}; there are ${known.map(quote).join(', ')}`
  throw new Refusal([fault('INTENT_VALUE', `provider ${quote(name)}`, message)])
}
