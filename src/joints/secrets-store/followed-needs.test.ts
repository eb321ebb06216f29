import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import irsa from '#joints/irsa/joint.ts'
import podIdentity from '#joints/pod-identity/joint.ts'
import { runJoint } from '#joints/run.ts'
import { World } from '#model/world.ts'
import { readFiles } from '#sources/files/read-files.ts'
import secretsStore from './joint.ts'

const here = fileURLToPath(new URL('.', import.meta.url))

/** What the three joints find in a fixture, edited as a text. */
async function found(fixture: string, edited: (text: string) => string = text => text): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'followed-'))
  try {
    const file = join(folder, 'world.yaml')
    const text = readFileSync(`${here}${fixture}`, 'utf8')
    writeFileSync(file, edited(text))
    const world = new World(await readFiles([file]))
    const results = [irsa, podIdentity, secretsStore].flatMap(joint => runJoint(joint, world).results)
    return results.filter(({ verdict }) => verdict.is === 'fail').map(({ check }) => check.id)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const edit =
  (...pairs: readonly (readonly [string, string])[]) =>
  (text: string) =>
    pairs.reduce((edited, [from, to]) => {
      if (!edited.includes(from)) throw new Error(`the fixture has no ${from}`)
      return edited.replace(from, to)
    }, text)

const namedRight = ['secret:shop/db\n', 'secret:shop/db-??????\n'] as const
const closed = [
  'ResourcePolicy: null',
  'ResourcePolicy: { Version: "2012-10-17", Statement: { Effect: Deny, Principal: "*", Action: "secretsmanager:*", Resource: "*" } }',
] as const
const otherClass = ['secretProviderClass: api', 'secretProviderClass: other'] as const

const association = `
---
kind: aws/eks/PodIdentityAssociation
associationArn: arn:aws:eks:eu-west-1:111122223333:podidentityassociation/prod/a-1
associationId: a-1
clusterName: prod
namespace: shop
serviceAccount: api
roleArn: arn:aws:iam::111122223333:role/api-pods
policy: { Version: "2012-10-17", Statement: { Effect: Allow, Action: "s3:GetObject", Resource: "*" } }
---
kind: aws/iam/Role
Arn: arn:aws:iam::111122223333:role/api-pods
RoleName: api-pods
AssumeRolePolicyDocument:
  Version: "2012-10-17"
  Statement: { Effect: Allow, Principal: { Service: pods.eks.amazonaws.com }, Action: ["sts:AssumeRole", "sts:TagSession"] }
RolePolicyList:
  - PolicyName: read
    PolicyDocument: { Version: "2012-10-17", Statement: { Effect: Allow, Action: "secretsmanager:GetSecretValue", Resource: "*" } }
AttachedManagedPolicies: []
`
const byAssociation = [
  ['  annotations:\n    eks.amazonaws.com/role-arn: arn:aws:iam::111122223333:role/api\n', ''],
  ['    region: eu-west-1\n', '    region: eu-west-1\n    usePodIdentity: "true"\n'],
  ['  - k8s/ServiceAccount\n', '  - k8s/ServiceAccount\n  - aws/eks/PodIdentityAssociation\n'],
] as const

describe('what stems from a mount has one finding', () => {
  it('of a secret whose policy denies', async () => {
    expect(await found('read-denied/fail.yaml', edit(namedRight, closed))).toEqual(['secrets-store/read-denied'])
  })
  it.each(['fail-other-account', 'fail-secret-policy'])('of a secret that is closed: %s', async name => {
    expect(await found(`read-denied/${name}.yaml`)).toEqual(['secrets-store/read-denied'])
  })
  it.each(['fail', 'fail-key-policy', 'fail-via-service'])('of a key that is closed: %s', async name => {
    expect(await found(`key-not-usable/${name}.yaml`)).toEqual(['secrets-store/key-not-usable'])
  })
  it.each(['fail', 'fail-key-policy', 'fail-disabled'])('of a key that is closed to a store: %s', async name => {
    expect(await found(`store-key-not-usable/${name}.yaml`)).toEqual(['secrets-store/store-key-not-usable'])
  })
  it('of a secret whose policy denies it to a store, and two where the store names another account', async () => {
    expect(await found('store-read-denied/fail.yaml', edit(namedRight, closed))).toEqual(['secrets-store/store-read-denied'])
    const elsewhere = edit(namedRight, closed, ['            name: reads-secrets\n', '            name: another\n'])
    expect((await found('store-read-denied/fail.yaml', elsewhere)).toSorted()).toEqual([
      'irsa/permission-denied',
      'secrets-store/store-identity-missing',
    ])
  })
  it('of a session policy that takes it away', async () => {
    const withPolicy = (text: string) => `${edit(...byAssociation)(text)}${association}`
    expect(await found('read-denied/fail.yaml', withPolicy)).toEqual(['secrets-store/read-denied'])
  })
  it('and is told of the role where no volume mounts it', async () => {
    expect(await found('read-denied/fail.yaml', edit(namedRight, closed, otherClass))).toEqual([
      'irsa/permission-denied',
      'secrets-store/class-missing',
    ])
  })
})
