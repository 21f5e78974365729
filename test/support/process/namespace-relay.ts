/** Carries TCP of a network namespace to a Unix socket, which namespaces of the network do not hide. */
const RELAY = `
const { createServer, connect } = require("node:net")
const [, path, port] = process.argv
createServer((from) => {
  const to = connect(path)
  for (const [a, b] of [[from, to], [to, from]]) {
    a.pipe(b)
    a.on("error", () => b.destroy())
    a.on("close", () => b.destroy())
  }
}).listen(Number(port), "127.0.0.1")
`

/** A line of shell, to run in the namespace, after which TCP to `port` of loopback there reaches the Unix socket. */
export function relayCommand(socket: string, port: number): string {
  return `${process.execPath} -e '${RELAY}' ${socket} ${port} &`
}
