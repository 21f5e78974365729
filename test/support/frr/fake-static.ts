/** The static routes of the fake FRR, as staticd of 8.4 and mgmtd of 10.3 keep them. */
export interface FakeStatic {
  /** FRR's words of refusal; undefined: the line is accepted. */
  readonly type: (line: string) => string | undefined
  /** What `show running-config` prints of them. */
  readonly config: () => string
}

export function fakeStatic(): FakeStatic {
  /** By VRF, prefix and next hop. */
  const routes = new Map<string, { readonly vrf: string; readonly line: string }>()
  return {
    type(line) {
      const read = readLine(line)
      if (read === undefined) return `% Unknown command: ${line}`
      const { isRemoval, key, vrf, text } = read
      if (!isRemoval) routes.set(key, { vrf, line: text })
      else if (!routes.delete(key)) return '% Refusing to remove a non-existent route'
      return undefined
    },
    config() {
      const vrfs = new Set([...routes.values()].map(({ vrf }) => vrf))
      return [...vrfs]
        .flatMap((name) => {
          const lines = [...routes.values()].filter(({ vrf }) => vrf === name)
          if (name === '') return lines.map(({ line }) => line)
          return [`vrf ${name}`, ...lines.map(({ line }) => ` ${line}`), 'exit-vrf']
        })
        .join('\n')
    },
  }
}

const LINE = /^(no )?((?:ip|ipv6) route \S+ (?:\S+))((?: tag \d+)?(?: \d+)?)(?: vrf (\S+))?$/

/** FRR leaves the distance 1 out. */
function readLine(line: string) {
  const match = LINE.exec(line)
  if (match === null) return undefined
  const [, no, start = '', words = '', vrf = ''] = match
  const text = `${start}${words.replace(/ 1$/, '')}`
  return { isRemoval: no !== undefined, key: `${vrf} ${start}`, vrf, text }
}
