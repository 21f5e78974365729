/** One section of a systemd or NetworkManager file, with its settings in their order. */
export interface IniSection {
  readonly name: string
  readonly settings: readonly (readonly [key: string, value: string])[]
}

/** Reads `[Section]` and `Key=value` (systemd.syntax(7)); any other line is ignored. */
export function readIni(text: string): readonly IniSection[] {
  const sections: { name: string; settings: (readonly [string, string])[] }[] = []
  for (const line of text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((part) => part.trim())) {
    const equals = line.indexOf('=')
    if (line.startsWith('#') || line.startsWith(';')) continue
    if (line.startsWith('[') && line.endsWith(']')) {
      sections.push({ name: line.slice(1, -1), settings: [] })
    } else if (equals > 0) {
      const setting = [line.slice(0, equals).trimEnd(), line.slice(equals + 1).trimStart()] as const
      sections.at(-1)?.settings.push(setting)
    }
  }
  return sections
}

/** All settings of the sections of that name, in order. */
export function settingsOf(
  sections: readonly IniSection[],
  section: string,
): IniSection['settings'] {
  return sections.filter(({ name }) => name === section).flatMap(({ settings }) => settings)
}

/** The last value of a setting, which is the one in effect; undefined: the setting is not given. */
export function lastOf(
  sections: readonly IniSection[],
  section: string,
  key: string,
): string | undefined {
  return settingsOf(sections, section).findLast(([name]) => name === key)?.[1]
}

/** A boolean as systemd and NetworkManager write it. */
export function isTrue(value: string | undefined): boolean {
  return /^(1|yes|y|true|t|on)$/i.test(value ?? '')
}

/** False as systemd's `parse_boolean()` reads it; a missing value is not false. */
export function isFalse(value: string | undefined): boolean {
  return /^(0|no|n|false|f|off)$/i.test(value ?? '')
}
