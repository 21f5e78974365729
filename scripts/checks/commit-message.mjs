/** Characters of a subject. */
const SUBJECT_MAX = 72

/** `room: imperative phrase`; a room is a word, or a path such as `core/links`. */
const SUBJECT = /^[a-z][a-z0-9/.-]*: [a-z0-9`'"]/

/** A third person or a past where an imperative belongs: the usual slips, not grammar. */
const NOT_IMPERATIVE = /^(adds|added|fixes|fixed|changes|changed|removes|removed|updates|updated)\b/

/** What is wrong with a commit's message: subject, blank line, body. Nothing: it is well. */
export function commitFaults(message) {
  const [subject = '', blank, ...body] = message.trimEnd().split('\n')
  const phrase = subject.slice(subject.indexOf(':') + 1).trim()
  return [
    [!SUBJECT.test(subject), 'the subject is not `room: imperative phrase`, lower case'],
    [subject.length > SUBJECT_MAX, `the subject has ${subject.length} characters, of 72 at most`],
    [subject.endsWith('.'), 'the subject ends with a period'],
    [NOT_IMPERATIVE.test(phrase), 'the subject is not an imperative'],
    [blank !== undefined && blank !== '', 'no blank line stands after the subject'],
    [body.join('').trim() === '', 'no body says why'],
  ]
    .filter(([wrong]) => wrong)
    .map(([, text]) => text)
}
