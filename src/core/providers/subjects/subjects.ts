import { attachmentSubjects } from './attachment-subjects.js'
import { bridgeSubjects } from './bridge-subjects.js'
import { connectionSubjects } from './connection-subjects.js'
import { neighborSubjects } from './neighbor-subjects.js'
import { routeSubjects } from './route-subjects.js'
import type { SubjectName } from './subject-names.js'
import type { Subject } from './subject.js'

/** How each subject is read, and how it is filled in. */
export const SUBJECTS: Readonly<Record<SubjectName, Subject>> = {
  ...connectionSubjects,
  ...attachmentSubjects,
  ...bridgeSubjects,
  ...neighborSubjects,
  ...routeSubjects,
}
