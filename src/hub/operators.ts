import { bearerToken, tokenMatches } from './routers/tokens.js'

/** Somebody who may use the HTTP API. */
export interface Operator {
  readonly name: string
  /** The token may read the metrics and nothing else. */
  readonly mayOnlyScrape: boolean
  /** SHA-256 of the token. */
  readonly digest: string
}

/** Who may use the HTTP API at this moment. */
export interface Operators {
  /** The name of the operator whose token an `Authorization` header has; undefined: it has none that may do this. */
  readonly nameOf: (authorization: string | undefined, isScrape: boolean) => string | undefined
  readonly replace: (operators: readonly Operator[]) => void
}

export function createOperators(first: readonly Operator[]): Operators {
  let operators = first
  return {
    nameOf(authorization, isScrape) {
      const token = bearerToken(authorization)
      const found = operators.filter(({ digest }) => tokenMatches(token, digest))
      return found.find(({ mayOnlyScrape }) => isScrape || !mayOnlyScrape)?.name
    },
    replace(next) {
      operators = next
    },
  }
}
