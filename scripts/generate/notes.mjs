/** What each method is for, by the side that answers it; the generator fails when one is missing. */
export const notes = {
  hub: {
    hello:
      'The first message of a connection: who the router is, what it runs, and the number of its newest report.',
    'change.progress':
      'A change has reached its next phase. The agent repeats the report until it is answered.',
    'report.health':
      'Health: the full document, or a JSON Merge Patch of the document that was acknowledged last.',
    'report.events': 'Events. The agent stores them on its disk until they are acknowledged.',
    ping: 'Heartbeat. The answer has the time of the side that answers.',
  },
  agent: {
    'intent.push':
      'Pushes a new intent, which is accepted or refused with every fault. The phases of the change come as `change.progress`.',
    'intent.previous':
      'An earlier intent of this router (the newest one without a generation), and the lowest generation to push it with.',
    'change.confirm': 'Keeps a provisional change.',
    'change.cancel': 'Rolls back a provisional change.',
    'change.repair':
      'Ends `stuck`: rolls back once more. With `accept` the router stays as it is, and its drift from the last good intent is repaired.',
    'router.release':
      "Removes demarc's marks from the router, changes nothing else and forgets the intent.",
    'router.export':
      'Makes an intent of what the router has today, and lists what has no place in it. Changes nothing.',
    'neighbor.clear':
      'Ends the BGP session with one neighbour of the intent and starts it again. Only at the local socket.',
    'lifecycle.notify':
      'Says of a connection or an attachment what the router cannot see: that the LOA was sent, or that an owner has accepted. It configures nothing. A word with an `id` that was taken before changes nothing.',
    doctor:
      'Walks the ladder of one attachment: looks at the router anew, and measures with some packets of its own. It takes 2 to 20 seconds and changes nothing. At the local socket each rung comes before the answer as the notification `doctor.progress`.',
    'optics.baseline':
      'Remembers the light of a port as it is now; losses, steps and trends are counted from it. The baseline before it is kept.',
    'optics.report':
      'Says what the other end of the fibre at a port measures, as its provider knows it. The router shows the loss of each strand, and raises findings by it for an hour.',
    'show.status': 'State, health and hub connection of the router.',
    'show.history': 'Past changes of this router.',
    'show.events': 'The newest events, at most `limit`.',
    'show.audit': 'The newest lines of the audit file, at most `limit`.',
    'show.intent': 'The intent that runs, or null.',
    watch:
      'From now on this connection gets the reports of a hub as notifications. Only at the local socket.',
    ping: 'Heartbeat. The answer has the time of the side that answers.',
  },
}

export function noteOf(side, method) {
  const note = notes[side][method]
  if (note === undefined) throw new Error(`scripts/generate/notes.mjs says nothing of ${method}`)
  return note
}
