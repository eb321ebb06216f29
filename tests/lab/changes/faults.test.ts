import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EKSClient, ListPodIdentityAssociationsCommand } from '@aws-sdk/client-eks'
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { runMortise, startMortise, type Ran } from '../../e2e/run-mortise.ts'
import { startFaults, type FaultRule, type Faults } from '../faults.ts'
import { describeLab } from '../shared-lab.ts'

const namespace = 'apply-faults'
const canMount = process.getuid?.() === 0

describeLab('an apply that is disturbed', lab => {
  let folder: string
  let faults: Faults
  const roleName = `${lab.clusterName}-${namespace}-reader`
  const environment = (endpoint: string) => ({
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: lab.region,
    AWS_ACCESS_KEY_ID: lab.adminCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: lab.adminCredentials.secretAccessKey,
    KUBECONFIG: lab.kubeconfig,
  })
  const mortise = (args: readonly string[], endpoint = lab.awsEndpoint, env: Readonly<Record<string, string>> = {}): Promise<Ran> =>
    runMortise(args, { env: { ...environment(endpoint), ...env }, cwd: folder })

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mortise-faults-'))
    faults = await startFaults(lab)
    writeFileSync(
      join(folder, 'mortise.yaml'),
      `cluster: ${lab.clusterName}\nworkloads:\n  ${namespace}/reader:\n    identity: pod-identity\n    reads: [s3/apply-faults/*]\n`,
    )
  })
  afterEach(async () => {
    await faults.rules([])
    await lab.kubectl('delete', 'namespace', namespace, '--ignore-not-found')
  })
  afterAll(async () => {
    await faults.stop()
    rmSync(folder, { recursive: true })
  })

  /** How much of it is there: the account, the role, the association. */
  async function made(): Promise<readonly boolean[]> {
    const accounts = await lab.kubectl('get', 'serviceaccounts', '-n', namespace, '-o', 'name', '--ignore-not-found')
    const role = await new IAMClient(lab.aws()).send(new GetRoleCommand({ RoleName: roleName })).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Error && error.name === 'NoSuchEntityException') return false
        throw error
      },
    )
    const list = new ListPodIdentityAssociationsCommand({ clusterName: lab.clusterName, namespace })
    const { associations = [] } = await new EKSClient(lab.aws()).send(list)
    return [accounts.includes('serviceaccount/reader'), role, associations.length === 1]
  }
  const nothing = [false, false, false]
  const everything = [true, true, true]

  async function planned(): Promise<string> {
    const ran = await mortise(['plan', 'mortise.yaml', '--out', 'plan.json'])
    expect(ran.stderr).toBe('')
    return (JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8')) as { readonly id: string }).id
  }
  const runOf = (ran: Ran): string => /^run (\S+):/m.exec(ran.stdout)?.[1] ?? ''
  async function undone(ran: Ran): Promise<void> {
    expect(await mortise(['undo', runOf(ran), '--yes'])).toMatchObject({ code: 0 })
    expect(await made()).toEqual(nothing)
  }

  const throttled = { code: 'Throttling', message: 'Rate exceeded', status: 400 }
  const passing: readonly (readonly [what: string, rules: readonly FaultRule[]])[] = [
    ['every third call is throttled', [{ service: '*', error: throttled, sequence: { fail: 1, pass: 2 } }]],
    ['IAM fails twice', [{ service: 'iam', error: { code: 'ServiceUnavailable', status: 503 }, times: 2 }]],
  ]
  test.each(passing)('ends all the same when %s', async (_, rules) => {
    const id = await planned()
    await faults.rules(rules)
    const applied = await mortise(['apply', 'plan.json', '--approve', id], faults.endpoint)
    expect({ code: applied.code, fired: (await faults.fired()).length > 0 }).toEqual({ code: 0, fired: true })
    expect(await made()).toEqual(everything)
    await undone(applied)
  })

  const stopping: readonly (readonly [what: string, error: NonNullable<FaultRule['error']>, said: string])[] = [
    [
      'the credentials expire',
      { code: 'ExpiredTokenException', message: 'The security token included in the request is expired', status: 403 },
      'expired',
    ],
    [
      'the cluster is deleted',
      { code: 'ResourceNotFoundException', message: 'No cluster found for name: lab.', status: 404 },
      'No cluster found',
    ],
    [
      'it is denied',
      { code: 'AccessDeniedException', message: 'not authorized to perform: eks:CreatePodIdentityAssociation', status: 403 },
      'not authorized',
    ],
  ]
  test.each(stopping)('stops where %s, says what was done, and goes on from there later', async (_, error, said) => {
    const id = await planned()
    await faults.rules([{ service: 'eks', operation: 'CreatePodIdentityAssociation', error }])
    const stopped = await mortise(['apply', 'plan.json', '--approve', id], faults.endpoint)
    expect(stopped.code).toBe(1)
    expect(stopped.stdout).toMatch(/stopped, \d of \d steps written/)
    expect(stopped.stdout).toContain(said)
    expect(await made()).toEqual([true, true, false])
    const applied = await mortise(['apply', 'plan.json', '--approve', id])
    expect({ code: applied.code, run: runOf(applied) }).toEqual({ code: 0, run: runOf(stopped) })
    expect(await made()).toEqual(everything)
    await undone(applied)
  })

  test('writes nothing where the API server does not answer', async () => {
    const id = await planned()
    const kubeconfig = join(folder, 'closed.kubeconfig')
    writeFileSync(kubeconfig, readFileSync(lab.kubeconfig, 'utf8').replace(/"server": *"[^"]+"/, '"server": "https://127.0.0.1:9"'))
    const ran = await mortise(['apply', 'plan.json', '--approve', id], lab.awsEndpoint, { KUBECONFIG: kubeconfig })
    expect(ran.code).toBe(2)
    expect(ran.stderr).not.toMatch(/\n\s+at /)
    expect(await made()).toEqual(nothing)
  })

  test('of two at once, one refuses, and the other does each step once', async () => {
    const id = await planned()
    const both = await Promise.all([1, 2].map(() => mortise(['apply', 'plan.json', '--approve', id])))
    const [first, second] = both.sort((a, b) => (a.code ?? 9) - (b.code ?? 9))
    expect(first?.code).toBe(0)
    // The second may come when the first is over: there is nothing left to do then.
    if (second?.code === 2) expect(second.stderr).toMatch(/LOCKED|WORLD_CHANGED/)
    expect(await made()).toEqual(everything)
    await undone(first as Ran)
  })

  test.runIf(canMount)('writes nothing that it cannot record: the disk is full, and later it goes on', async () => {
    const id = await planned()
    const home = join(folder, 'small')
    mkdirSync(home)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', home])
    try {
      // What is left is enough for the lock, and not for the plan.
      const filler = join(home, 'filler')
      writeFileSync(filler, Buffer.alloc(252 * 1024))
      const full = await mortise(['apply', 'plan.json', '--approve', id, '--home', 'small'])
      expect(full.code).toBe(2)
      expect(full.stderr).toContain('make room')
      expect(await made()).toEqual(nothing)
      rmSync(filler)
      const applied = await mortise(['apply', 'plan.json', '--approve', id, '--home', 'small'])
      expect(applied.code).toBe(0)
      expect(readdirSync(join(home, 'runs'))).toHaveLength(1)
      expect(await mortise(['undo', runOf(applied), '--yes', '--home', 'small'])).toMatchObject({ code: 0 })
    } finally {
      execFileSync('umount', [home])
    }
    expect(await made()).toEqual(nothing)
  })

  test('Ctrl-C lets the step that was begun end, and says how to go on', async () => {
    const id = await planned()
    const ran = await interrupted(['apply', 'plan.json', '--approve', id])
    expect(ran.stdout).toMatch(/interrupted, \d of \d steps written/)
    const applied = await mortise(['apply', 'plan.json', '--approve', id])
    expect(applied.code).toBe(0)
    expect(await made()).toEqual(everything)
    await undone(applied)
  })

  /** SIGINT as soon as the first step begins. */
  function interrupted(args: readonly string[]): Promise<{ readonly stdout: string }> {
    const child = startMortise(args, { cwd: folder, env: environment(lab.awsEndpoint) })
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('begins')) child.kill('SIGINT')
    })
    return new Promise(resolve => child.once('close', () => resolve({ stdout })))
  }
})
