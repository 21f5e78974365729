/**
 * Words that were given up, and what is used instead. `docs/architecture.md` has the words that are kept.
 *
 * `where`: `everywhere` is every file that the check reads; `code` is `src`, `test` and `scripts`;
 * `identifiers` is names in the code alone, compared word by word (`wayBack` is "way back").
 * `except`: paths that read or describe what an earlier version wrote.
 */

/** What reads or writes the names of an earlier version. */
const UPGRADE = [
  'docs/upgrade.md',
  'src/agent/state/upgrade',
  'src/agent/change/journal-upgrade',
  'src/hub/store/upgrade',
  'test/agent/state/upgrade',
  'test/agent/change/journal-upgrade',
  'test/hub/upgrade',
  'test/fixtures/',
]

export const retiredWords = [
  { word: 'demarc-undo', where: 'everywhere', instead: 'demarc-rollback' },
  { word: 'undoing', where: 'everywhere', instead: 'rolling-back', except: UPGRADE },
  { word: 'waitsFor', where: 'everywhere', instead: 'pendingWitnesses', except: UPGRADE },
  { word: 'leftCount', where: 'everywhere', instead: 'notExportedCount', except: UPGRADE },
  { word: 'change.rollback', where: 'everywhere', instead: 'change.cancel', except: UPGRADE },
  { word: 'intent.former', where: 'everywhere', instead: 'intent.previous', except: UPGRADE },
  { word: 'CHANGE_DISPROVED', where: 'everywhere', instead: 'CHANGE_UNHEALTHY', except: UPGRADE },
  { word: 'READ_BACK', where: 'everywhere', instead: 'READ_BACK_MISMATCH', except: UPGRADE },
  { word: 'FOREIGN_CLASH', where: 'everywhere', instead: 'NOT_OWNED', except: UPGRADE },
  { word: 'CHANGE_NOT_PENDING', where: 'everywhere', instead: 'CHANGE_UNKNOWN', except: UPGRADE },
  { word: 'FRR_TOO_OLD', where: 'everywhere', instead: 'FRR_UNSUPPORTED', except: UPGRADE },
  { word: 'OPTIC_DOUBTFUL', where: 'everywhere', instead: 'OPTIC_EEPROM_INVALID' },
  { word: 'OPTIC_UNSEEN', where: 'everywhere', instead: 'OPTIC_NOT_REPORTED' },
  { word: 'OPTIC_WRONG', where: 'everywhere', instead: 'OPTIC_TYPE_MISMATCH' },
  { word: 'LACP_MEMBER_OUT', where: 'everywhere', instead: 'LACP_MEMBER_NOT_AGGREGATED' },
  { word: 'MEMORY_OUT', where: 'everywhere', instead: 'MEMORY_EXHAUSTED' },
  { word: 'ARP_SILENT', where: 'everywhere', instead: 'ARP_IGNORED' },
  { word: 'OTHERS_UNREADABLE', where: 'everywhere', instead: 'HOST_CONFIG_UNREADABLE' },
  { word: 'aftermath', where: 'code', instead: 'rollback watch' },
  { word: 'errand', where: 'code', instead: 'message, task' },
  { word: 'testimony', where: 'code', instead: 'witness verdict' },
]
