/** A text of settings, and how faults name it. */
export interface TomlFile {
  readonly file: string
  readonly text: string
}

type Table = Readonly<Record<string, unknown>>

/** Lays one document over another, table by table: a value or a list of `upper` replaces that of `lower`. */
export function overlayToml(lower: unknown, upper: unknown): unknown {
  if (!isTable(lower) || !isTable(upper)) return upper
  const merged = new Map(Object.entries(lower))
  for (const [key, value] of Object.entries(upper)) {
    merged.set(key, merged.has(key) ? overlayToml(merged.get(key), value) : value)
  }
  return Object.fromEntries(merged)
}

/**
 * The place among documents, the lowest first, of the one to which a path of the merged document belongs:
 * the last that has the value there or, where none has it, the innermost table around it. 0: none has any
 * part of the path.
 */
export function ownerOf(documents: readonly unknown[], path: readonly PropertyKey[]): number {
  let having = documents.map((value, place) => ({ value, place }))
  let owner = 0
  for (const key of path) {
    having = having.flatMap(({ value, place }) =>
      isTable(value) && Object.hasOwn(value, key) ? [{ value: value[String(key)], place }] : [],
    )
    const last = having.at(-1)
    if (last === undefined) break
    owner = last.place
    // What is no table hides everything below it.
    if (!isTable(last.value)) break
  }
  return owner
}

function isTable(value: unknown): value is Table {
  return Object.prototype.toString.call(value) === '[object Object]'
}
