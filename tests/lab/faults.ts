import { join } from 'node:path'
import { pythonInterpreter } from './build/python-environment.ts'
import type { LabCoordinates } from './coordinates.ts'
import { upstreamTo } from './gateway/request.ts'
import { startGateway } from './gateway/server.ts'
import { startDaemon } from './process/daemon.ts'
import { freePorts } from './process/free-ports.ts'
import { poll } from './process/poll.ts'

/**
 * A rule of microburst. It fires for calls that match every given field, and then does what it says; without an action
 * of its own it does nothing. Its package page documents the rest of the fields.
 */
export interface FaultRule {
  /** The signing name of a service, such as `iam`, or `*`. */
  readonly service: string
  /** An operation, such as `GetRole`; all of them when absent. */
  readonly operation?: string
  /** From 0 to 1; always when absent. */
  readonly probability?: number
  readonly error?: { readonly code: string; readonly message?: string; readonly status?: number }
  readonly [field: string]: unknown
}

/** A fault that was injected, as microburst remembers it. */
export interface FiredFault {
  readonly service: string
  readonly operation: string
  readonly action: string
  readonly [field: string]: unknown
}

export interface Faults {
  /** The endpoint to give to the program under test in place of the lab's `awsEndpoint`. */
  readonly endpoint: string
  /** Replaces all rules; none at first. */
  rules(rules: readonly FaultRule[]): Promise<void>
  fired(): Promise<readonly FiredFault[]>
  stop(): Promise<void>
}

/** Starts microburst before the lab's gateway: an AWS endpoint that throttles, fails, stalls or refuses as told. */
export async function startFaults(lab: LabCoordinates): Promise<Faults> {
  const [port = 0, relayPort = 0] = await freePorts(2)
  const endpoint = `http://127.0.0.1:${port}`
  // microburst names its upstream as Host, which breaks signatures over the Host that clients used: a relay restores it.
  const relay = await startGateway({
    port: relayPort,
    upstream: upstreamTo(new URL(lab.awsEndpoint), `127.0.0.1:${port}`),
    handlers: [],
  })
  const options = ['--upstream', `http://127.0.0.1:${relayPort}`, '--host', '127.0.0.1', '--port', String(port)]
  const proxy = await startDaemon({
    name: 'microburst',
    command: [pythonInterpreter, '-m', 'microburst', ...options],
    cwd: lab.runDirectory,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: lab.runDirectory },
    log: join(lab.runDirectory, 'log', `microburst-${port}.log`),
  })
  const isUp = async () => ((await fetch(`${endpoint}/_microburst/health`)).ok ? true : undefined)
  await Promise.race([poll(isUp, { what: 'microburst to answer', timeoutMilliseconds: 20_000 }), proxy.died])
  return {
    endpoint,
    rules: async rules => {
      await control(`${endpoint}/_microburst/rules`, { method: 'POST', body: JSON.stringify(rules) })
    },
    fired: async () => (await control(`${endpoint}/_microburst/fired`)) as FiredFault[],
    stop: async () => {
      await proxy.stop()
      relay.closeAllConnections()
      relay.close()
    },
  }
}

async function control(url: string, request: RequestInit = {}): Promise<unknown> {
  const answer = await fetch(url, { ...request, headers: { 'content-type': 'application/json' } })
  if (!answer.ok) throw new Error(`microburst ${url}: HTTP ${answer.status} ${await answer.text()}`)
  return answer.json()
}
