import { InvalidArgumentError } from 'commander'
import type { AgentParams } from '../../core/wire/messages.js'

export type ProbeParam = NonNullable<AgentParams<'intent.push'>['probes']>[number]

/** Collects `ping:ADDRESS@ATTACHMENT` and `prefix:PREFIX@NEIGHBOUR`; the agent checks what they name. */
export function probeOption(required: boolean) {
  return (text: string, before: readonly ProbeParam[] = []): readonly ProbeParam[] => {
    const match = /^(ping|prefix):([^@]+)@([^@]+)$/.exec(text)
    if (match === null) {
      throw new InvalidArgumentError('say ping:ADDRESS@ATTACHMENT or prefix:PREFIX@NEIGHBOUR.')
    }
    const [, kind, what = '', where = ''] = match
    const probe: ProbeParam =
      kind === 'ping'
        ? { kind, address: what, attachment: where, required }
        : { kind: 'prefix', prefix: what, neighborAddress: where, required }
    return [...before, probe]
  }
}
