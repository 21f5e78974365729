/** The AsyncAPI 3.0 document of the control channel, seen from the hub. */
import { MESSAGES_FILE, takesNothing } from './json-schemas.mjs'
import { noteOf } from './notes.mjs'

const camel = (text) => text.replaceAll(/[.](\w)/g, (_, letter) => letter.toUpperCase())
const ref = (path) => ({ $ref: path })
const definition = (name) => ref(`./schemas/${MESSAGES_FILE}#/$defs/${name}`)

/** The requests and results of one side's methods, as messages. */
function messagesOf(side, methods) {
  return Object.entries(methods).flatMap(([method, types]) => {
    const key = `${side}${capital(camel(method))}`
    return [
      [`${key}Request`, request(side, method, types)],
      [`${key}Result`, result(side, method)],
    ]
  })
}

function request(side, method, types) {
  const none = takesNothing(types)
  return {
    name: method,
    title: `${method}, answered by the ${side}`,
    summary: noteOf(side, method),
    payload: {
      type: 'object',
      required: ['jsonrpc', 'id', 'method', ...(none ? [] : ['params'])],
      properties: {
        jsonrpc: { const: '2.0' },
        id: definition('id'),
        method: { const: method },
        params: definition(`${side}.${method}.params`),
      },
    },
  }
}

function result(side, method) {
  return {
    name: `${method} result`,
    title: `The ${side}'s answer to ${method}`,
    payload: {
      oneOf: [
        {
          type: 'object',
          required: ['jsonrpc', 'id', 'result'],
          properties: {
            jsonrpc: { const: '2.0' },
            id: definition('id'),
            result: definition(`${side}.${method}.result`),
          },
        },
        definition('error'),
      ],
    },
  }
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** The hub receives what it answers and sends what the agent answers. */
function operationsOf(side, methods) {
  return Object.keys(methods).map((method) => {
    const key = `${side}${capital(camel(method))}`
    const message = (kind) => ref(`#/channels/control/messages/${key}${kind}`)
    return [
      key,
      {
        action: side === 'hub' ? 'receive' : 'send',
        channel: ref('#/channels/control'),
        summary: noteOf(side, method),
        messages: [message('Request')],
        reply: { channel: ref('#/channels/control'), messages: [message('Result')] },
      },
    ]
  })
}

/** Headers of the opening handshake (RFC 6455 section 4.1). */
const HANDSHAKE_HEADERS = {
  type: 'object',
  required: ['Authorization', 'Demarc-Router', 'Sec-WebSocket-Protocol'],
  properties: {
    Authorization: { type: 'string', description: 'Bearer TOKEN, the token of this router.' },
    'Demarc-Router': { type: 'string', description: 'The router that the token belongs to.' },
    'Sec-WebSocket-Protocol': { type: 'string', description: 'The subprotocol.' },
  },
}

export function asyncapi({ messages, rpc, LIMITS }, version) {
  const all = [
    ...messagesOf('hub', messages.HUB_METHODS),
    ...messagesOf('agent', messages.AGENT_METHODS),
  ]
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'demarc control channel',
      version,
      description: [
        `JSON-RPC 2.0 both ways over one WebSocket, subprotocol \`${rpc.SUBPROTOCOL}\`, dialled by the agent.`,
        'This document is written from the side of the hub: it receives what agents call and sends what it asks of them.',
        `A message to an agent has at most ${LIMITS.frame} octets, one to the hub ${LIMITS.frameToHub}, before \`hello\` ${LIMITS.frameBeforeHello}. It nests at most ${LIMITS.depth} levels.`,
        'It is generated from `src/core/wire`; `docs/protocol.md` explains it.',
      ].join('\n'),
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
      contact: { name: 'demarc' },
    },
    defaultContentType: 'application/json',
    servers: {
      hub: {
        host: 'hub.example.net:7480',
        protocol: 'wss',
        description: 'TLS; plain only to loopback or where the router’s TOML says so.',
        security: [ref('#/components/securitySchemes/token')],
      },
    },
    channels: {
      control: {
        address: '/agent',
        description: `One connection for each router. The opening handshake must offer the subprotocol \`${rpc.SUBPROTOCOL}\`.`,
        bindings: { ws: { method: 'GET', headers: HANDSHAKE_HEADERS } },
        messages: Object.fromEntries(
          all.map(([key]) => [key, ref(`#/components/messages/${key}`)]),
        ),
      },
    },
    operations: Object.fromEntries([
      ...operationsOf('hub', messages.HUB_METHODS),
      ...operationsOf('agent', messages.AGENT_METHODS),
    ]),
    components: {
      messages: Object.fromEntries(all),
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'The token of the router, in the opening handshake.',
        },
      },
    },
  }
}
