import { execFile } from 'node:child_process'

/** Runs one npm script to its end; its output is kept, not shown. */
export function npmRun(name, cwd = process.cwd()) {
  const started = performance.now()
  return new Promise((resolve) => {
    execFile(
      'npm',
      ['run', '--silent', name],
      { cwd, maxBuffer: 64 * 1024 * 1024, env: { ...process.env, NO_COLOR: '1' } },
      (error, stdout, stderr) =>
        resolve({
          passed: error === null,
          output: `${stdout}${stderr}`,
          seconds: ((performance.now() - started) / 1000).toFixed(1),
        }),
    )
  })
}
