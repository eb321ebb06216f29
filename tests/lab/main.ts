import { labAvailability } from './availability.ts'
import { isAlive, listRuns, readCoordinates, readOwnership } from './run-directory.ts'
import { startLab, stopLab } from './start-lab.ts'

const usage = `usage: npm run lab -- up [NAME] [--node] | down [NAME] | status
  up      start a lab (named "default" unless said otherwise), or show the running one; with --node pods run in it
  down    end that lab; without a name every lab that "up" started, and what dead ones left behind
  status  show every lab and where its parts listen`

const commands: Readonly<Record<string, (name?: string, node?: boolean) => Promise<void>>> = { up, down, status }

async function up(name = 'default', node = false): Promise<void> {
  const started = performance.now()
  // Detached, the lab would come up although nobody waits for it any more.
  const interrupted = () => void stopLab(name).finally(() => process.exit(130))
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  const { coordinates } = await startLab({ name, detached: true, node })
  process.stderr.write(`lab: up after ${((performance.now() - started) / 1000).toFixed(1)} s\n`)
  process.stdout.write(
    [
      `export KUBECONFIG=${coordinates.kubeconfig}`,
      `export AWS_ENDPOINT_URL=${coordinates.awsEndpoint}`,
      `export AWS_REGION=${coordinates.region}`,
      `export AWS_ACCESS_KEY_ID=${coordinates.adminCredentials.accessKeyId}`,
      `export AWS_SECRET_ACCESS_KEY=${coordinates.adminCredentials.secretAccessKey}`,
      '',
    ].join('\n'),
  )
}

async function down(name?: string): Promise<void> {
  for (const run of name === undefined ? await listRuns() : [name]) {
    const isAttached = (await readOwnership(run))?.detached === false && (await isAlive(run))
    if (name === undefined && isAttached) continue // a test's own, which ends it
    await stopLab(run)
    process.stderr.write(`lab: ${run} is down\n`)
  }
}

async function status(): Promise<void> {
  const availability = labAvailability()
  if (!availability.ok) process.stdout.write(`no lab can start here; missing: ${availability.missing.join('; ')}\n`)
  const runs = await listRuns()
  if (runs.length === 0) process.stdout.write('no lab is running\n')
  for (const run of runs) process.stdout.write(await describeRun(run))
}

async function describeRun(run: string): Promise<string> {
  const ownership = await readOwnership(run)
  if (!(await isAlive(run))) return `${run}: dead; \`npm run lab down\` removes it\n`
  const lab = await readCoordinates(run)
  if (!lab) return `${run}: starting (supervisor ${ownership?.supervisor.pid})\n`
  return [
    `${run}: up (supervisor ${ownership?.supervisor.pid}, ${ownership?.detached ? 'detached' : 'attached to a test run'})`,
    `  API server  ${lab.apiServer}`,
    `  kubeconfig  ${lab.kubeconfig}`,
    `  issuer      ${lab.issuer}`,
    `  AWS         ${lab.awsEndpoint} (account ${lab.accountId}, ${lab.region}, cluster ${lab.clusterName})`,
    `  ministack   ${lab.emulatorEndpoint}`,
    `  webhook     ${lab.webhook}/mutate`,
    ...(lab.node ? [`  node        ${lab.node.name} (${lab.node.address}; AWS for its pods at ${lab.node.awsEndpoint})`] : []),
    `  logs        ${lab.runDirectory}/log`,
    '',
  ].join('\n')
}

const withNode = process.argv.includes('--node')
const [verb = '', name] = process.argv.slice(2).filter(argument => argument !== '--node')
const command = commands[verb]
if (command) {
  await command(name, withNode).catch((error: unknown) => {
    process.stderr.write(`lab: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 2
  })
} else {
  process.stderr.write(`${usage}\n`)
  process.exitCode = 2
}
