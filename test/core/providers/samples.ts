import { readdirSync, readFileSync } from 'node:fs'
import { parseIntentText } from '../../../src/core/wire/intent-parse.js'
import type { Intent } from '../../../src/core/wire/intent.js'
import type { Profile } from '../../../src/core/providers/profile.js'

const DIR = 'config/intents'

/** The names of all samples, such as `yandex-private-minimal`. */
export function sampleNames(): readonly string[] {
  return readdirSync(DIR).map((file) => file.replace(/\.json$/, ''))
}

/** The text of a sample as it stands in the repository. */
export function sampleText(name: string): string {
  return readFileSync(`${DIR}/${name}.json`, 'utf8')
}

/** A sample as an intent. */
export function sample(name: string): Intent {
  const parsed = parseIntentText(sampleText(name), name)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults))
  return parsed.value
}

/** The services of a provider; one without a name where it has only one. */
export function servicesOf({ services = [] }: Profile): readonly (string | null)[] {
  return services.length === 0 ? [null] : services.map(({ id }) => id)
}

/** The smallest intent of a service. */
export function minimal(profile: Profile, service: string | null): Intent {
  return sample([profile.id, ...(service === null ? [] : [service]), 'minimal'].join('-'))
}
