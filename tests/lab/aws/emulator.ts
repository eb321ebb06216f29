import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pythonInterpreter } from '../build/python-environment.ts'
import { startDaemon, type Daemon } from '../process/daemon.ts'
import { poll } from '../process/poll.ts'
import { identity } from '../versions.ts'

/** Starts ministack with signatures and IAM enforced, its files inside `directory`. It answers a few seconds later. */
export async function startEmulator(input: { readonly port: number; readonly directory: string; readonly log: string }): Promise<Daemon> {
  await mkdir(input.directory, { recursive: true })
  return startDaemon({
    name: 'ministack',
    command: [pythonInterpreter, '-m', 'ministack'],
    cwd: input.directory,
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: input.directory,
      TMPDIR: input.directory,
      STATE_DIR: join(input.directory, 'state'),
      S3_DATA_DIR: join(input.directory, 's3'),
      AUTH: 'true',
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      GATEWAY_PORT: String(input.port),
      MINISTACK_ACCOUNT_ID: identity.accountId,
      MINISTACK_REGION: identity.region,
      LOG_LEVEL: 'WARNING',
      CLOUDTRAIL_RECORDING: '1',
      PYTHONUNBUFFERED: '1',
    },
    log: input.log,
  })
}

export function untilEmulatorAnswers(port: number): Promise<true> {
  const ask = async () => ((await fetch(`http://127.0.0.1:${port}/_ministack/health`)).ok ? (true as const) : undefined)
  return poll(ask, { what: 'ministack to answer', timeoutMilliseconds: 60_000 })
}
