import { bearerToken, tokenMatches } from './routers/tokens.js'

/** Somebody who may use the HTTP API. */
export interface Operator {
  readonly name: string
  /** SHA-256 of the token. */
  readonly digest: string
}

/** Who may use the HTTP API at this moment. */
export interface Operators {
  /** The name of the operator whose token an `Authorization` header has; undefined: it has none. */
  readonly nameOf: (authorization: string | undefined) => string | undefined
  readonly replace: (operators: readonly Operator[]) => void
}

export function createOperators(first: readonly Operator[]): Operators {
  let operators = first
  return {
    nameOf(authorization) {
      const token = bearerToken(authorization)
      return operators.filter(({ digest }) => tokenMatches(token, digest)).at(0)?.name
    },
    replace(next) {
      operators = next
    },
  }
}
