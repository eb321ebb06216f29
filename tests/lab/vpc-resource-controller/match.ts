import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Kinds } from '#model/kinds.ts'
import { buildParts } from '../build/build-all.ts'
import { matcher } from './program.ts'

/** A pod that is being made, the service account that it names, and the policies of the cluster; no two of one name. */
export interface MatchCase {
  readonly pod: Kinds['k8s/Pod']
  readonly serviceAccount: Kinds['k8s/ServiceAccount'] | null
  readonly policies: readonly Kinds['k8s/SecurityGroupPolicy'][]
}

/** What the code of the VPC resource controller says. Its webhook asks for groups for Linux and Fargate pods only. */
export interface MatchAnswer {
  readonly sort: 'HostNetworking' | 'Fargate' | 'Windows' | 'Linux'
  /** In no order that means anything; absent when no policy matches. */
  readonly groups?: readonly string[]
  /** Why there is no answer: the webhook then refuses the pod. */
  readonly error?: string
}

export interface Matcher {
  match(question: MatchCase): Promise<MatchAnswer>
  stop(): void
}

/** Starts the controller's code, which answers in the order of asking, about a millisecond each. Builds it first if need be. */
export async function startMatcher(): Promise<Matcher> {
  await buildParts([matcher], line => void process.stderr.write(`${line}\n`))
  const child = spawn(matcher.path, { stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting: { resolve: (answer: MatchAnswer) => void; reject: (error: Error) => void }[] = []
  createInterface(child.stdout).on('line', line => waiting.shift()?.resolve(JSON.parse(line) as MatchAnswer))
  const fail = (error: Error) => waiting.splice(0).forEach(({ reject }) => reject(error))
  child.once('error', fail).once('exit', status => fail(new Error(`the matcher ended (${status}) before it answered`)))
  child.stdin.on('error', fail)
  return {
    match: question =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject })
        child.stdin.write(`${JSON.stringify(question)}\n`)
      }),
    stop: () => void child.stdin.end(),
  }
}

/** The answers to these cases, in their order. */
export async function matchSecurityGroupPolicies(cases: readonly MatchCase[]): Promise<MatchAnswer[]> {
  const running = await startMatcher()
  try {
    return await Promise.all(cases.map(question => running.match(question)))
  } finally {
    running.stop()
  }
}
