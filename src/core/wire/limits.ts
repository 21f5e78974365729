/** Everything a peer can make grow has a limit; both ends enforce the same figures. */
export const LIMITS = {
  /** Octets of one WebSocket message: an intent with 4,000 attachments and their neighbours fits. */
  frame: 16 * 1024 * 1024,
  /** Octets of one message before the peer has said who it is. */
  frameBeforeHello: 64 * 1024,
  /** Messages a second, averaged over `burst`, before reading is paused. */
  messagesPerSecond: 200,
  /** Messages taken at once after a quiet time. */
  burst: 1000,
  /** Requests one side may have open at the other. */
  requestsInFlight: 64,
  /** Octets waiting to be sent before the connection counts as stuck. */
  sendBuffer: 32 * 1024 * 1024,
  /** Events in one report. */
  eventsPerReport: 500,
  /** Passwords that come with one push. */
  secretsPerPush: 4096,
  /** Probes of one push; each ping is a process. */
  probesPerPush: 16,
  /** Faults in one answer; the rest are counted. */
  faultsPerAnswer: 200,
  /** Effects and steps in one plan summary; the rest are counted. */
  planLines: 2000,
} as const
