/** Writes TAP 14 to standard output, so that `scripts/test` counts every stage the same way. */
export function openTap(planned) {
  let count = 0
  console.log('TAP version 14')
  console.log(`1..${planned}`)
  return {
    /** One test point; the output of a failure follows as comments. */
    point(passed, name, output = '') {
      count += 1
      console.log(`${passed ? 'ok' : 'not ok'} ${count} - ${name}`)
      for (const line of output.trimEnd().split('\n')) if (line !== '') console.log(`# ${line}`)
      if (!passed) process.exitCode = 1
    },
  }
}
