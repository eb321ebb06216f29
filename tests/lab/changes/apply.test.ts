import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import { ListPodIdentityAssociationsCommand, EKSClient } from '@aws-sdk/client-eks'
import { CreateSecretCommand, DeleteSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runMortise, startMortise, type Ran } from '../../e2e/run-mortise.ts'
import { describeLab } from '../shared-lab.ts'

const namespace = 'apply-payments'

describeLab('a blueprint on a live cluster and account', lab => {
  let folder: string
  const environment = {
    AWS_ENDPOINT_URL: lab.awsEndpoint,
    AWS_REGION: lab.region,
    AWS_ACCESS_KEY_ID: lab.adminCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: lab.adminCredentials.secretAccessKey,
    KUBECONFIG: lab.kubeconfig,
  }
  const mortise = (...args: readonly string[]): Promise<Ran> => runMortise(args, { env: environment, cwd: folder })
  const secrets = new SecretsManagerClient(lab.aws())
  const roleName = `${lab.clusterName}-${namespace}-reader`

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mortise-apply-'))
    await secrets.send(new CreateSecretCommand({ Name: 'apply/db', SecretString: 'of no interest' }))
    writeFileSync(
      join(folder, 'mortise.yaml'),
      `cluster: ${lab.clusterName}\nworkloads:\n  ${namespace}/reader:\n    reads: [secret/apply/db, s3/apply-reports/*]\n`,
    )
  })
  afterAll(async () => {
    await secrets.send(new DeleteSecretCommand({ SecretId: 'apply/db', ForceDeleteWithoutRecovery: true }))
    rmSync(folder, { recursive: true })
  })

  /** What is there of it, on both sides. */
  async function made(): Promise<{ readonly account: boolean; readonly role: boolean; readonly association: boolean }> {
    const accounts = await lab.kubectl('get', 'serviceaccounts', '-n', namespace, '-o', 'name', '--ignore-not-found')
    const associations = await new EKSClient(lab.aws()).send(
      new ListPodIdentityAssociationsCommand({ clusterName: lab.clusterName, namespace }),
    )
    const role = await new IAMClient(lab.aws()).send(new GetRoleCommand({ RoleName: roleName })).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Error && error.name === 'NoSuchEntityException') return false
        throw error
      },
    )
    return { account: accounts.includes('serviceaccount/reader'), role, association: (associations.associations ?? []).length === 1 }
  }
  const nothing = { account: false, role: false, association: false }
  const everything = { account: true, role: true, association: true }

  async function planned(): Promise<string> {
    const ran = await mortise('plan', 'mortise.yaml', '--out', 'plan.json')
    expect(ran.stderr).toBe('')
    return (JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8')) as { readonly id: string }).id
  }
  const runOf = (ran: Ran): string => /^run (\S+): done/m.exec(ran.stdout)?.[1] ?? ''

  test('is planned, made, and planned again to nothing; what was made reads what it declares and no more; undone, nothing is left', async () => {
    const id = await planned()
    const applied = await mortise('apply', 'plan.json', '--approve', id)
    expect(applied).toMatchObject({ code: 0 })
    expect(await made()).toEqual(everything)
    const again = await mortise('plan', 'mortise.yaml')
    expect(again).toMatchObject({ code: 0, stdout: 'nothing to do: what the blueprint declares holds\n' })

    const secretArn = `arn:aws:secretsmanager:${lab.region}:${lab.accountId}:secret:apply/db`
    const listed = await mortise('access', `sa/${namespace}/reader`, '--format', 'json')
    expect(listed.stdout).toContain(secretArn)
    const denied = await mortise('can', `sa/${namespace}/reader`, 's3:PutObject', 'arn:aws:s3:::apply-reports/a')
    expect(denied.code).not.toBe(0)

    const undone = await mortise('undo', runOf(applied), '--yes')
    expect(undone).toMatchObject({ code: 0 })
    expect(await made()).toEqual(nothing)
  })

  test('a plan that was not approved, was edited, or is older than the world is not done', async () => {
    const id = await planned()
    expect(await mortise('apply', 'plan.json', '--approve', 'sha256:0')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('NOT_APPROVED') as string,
    })
    expect(await mortise('apply', 'plan.json')).toMatchObject({ code: 2, stderr: expect.stringContaining(id) as string })
    const text = readFileSync(join(folder, 'plan.json'), 'utf8')
    writeFileSync(join(folder, 'edited.json'), text.replaceAll('GetSecretValue', 'PutSecretValue'))
    expect(await mortise('apply', 'edited.json', '--approve', id)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('it was edited') as string,
    })
    await lab.kubectlApply(`apiVersion: v1\nkind: Namespace\nmetadata: { name: ${namespace}, labels: { made-by: somebody } }\n`)
    expect(await mortise('apply', 'plan.json', '--approve', id)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('WORLD_CHANGED') as string,
    })
    await lab.kubectl('delete', 'namespace', namespace)
    expect(await made()).toEqual(nothing)
  })

  describe('killed at a random moment', () => {
    const moments = Array.from({ length: 6 }, (_, index) => 900 + index * 350)
    test.each(moments)('after %i ms, going on makes the rest, and undo leaves nothing', async milliseconds => {
      const id = await planned()
      await killed(['apply', 'plan.json', '--approve', id], milliseconds)
      const applied = await mortise('apply', 'plan.json', '--approve', id)
      expect(applied).toMatchObject({ code: 0 })
      expect(await made()).toEqual(everything)
      expect(await mortise('undo', runOf(applied), '--yes')).toMatchObject({ code: 0 })
      expect(await made()).toEqual(nothing)
    })
  })

  /** SIGKILL: nothing in the process hears of it. */
  function killed(args: readonly string[], milliseconds: number): Promise<void> {
    const child = startMortise(args, { cwd: folder, env: environment })
    child.stdout.resume()
    child.stderr.resume()
    const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds)
    return new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
})
