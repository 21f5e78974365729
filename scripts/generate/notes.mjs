/** What each method is for, by the side that answers it; the generator fails when one is missing. */
export const notes = {
  hub: {
    hello:
      'First message of every connection: who the router is, what it runs, what it has numbered.',
    'change.progress':
      'A change reached its next phase. Repeated until answered; a double is harmless. Only in memory: after a restart the ends of the last ten changes are sent again, not their phases.',
    'report.health':
      'Health, whole or as a JSON Merge Patch of the last acknowledged one. Numbered; sent again until acknowledged.',
    'report.events': 'What happened, numbered; kept on disk by the agent until acknowledged.',
    ping: 'Heartbeat; the answer carries the time of the other side.',
  },
  agent: {
    'intent.push':
      'A new intent: accepted, or refused with every fault. How it goes on comes as change.progress.',
    'intent.previous':
      'An intent that was in force before (the newest without a generation), and the least generation to push it as.',
    'change.confirm': 'Keeps a provisional change.',
    'change.cancel': 'Undoes a provisional change.',
    'change.repair':
      'Leads out of `stuck`: roll back once more; with `accept` the router is taken as it is and held to the last good intent.',
    'router.release':
      "Takes demarc's marks off the router, leaves all in place and forgets the intent.",
    'router.export':
      'Writes an intent from what the router has today, and what that leaves out; changes nothing.',
    'show.status': 'The router at a glance.',
    'show.history': 'Past changes of this router.',
    'show.events': 'The latest events, at most as many as asked for.',
    'show.intent': 'The intent that runs, or null.',
    watch:
      'From now on this connection gets what a hub would, as notifications; for the local command.',
    ping: 'Heartbeat; the answer carries the time of the other side.',
  },
}

export function noteOf(side, method) {
  const note = notes[side][method]
  if (note === undefined) throw new Error(`scripts/generate/notes.mjs says nothing of ${method}`)
  return note
}
