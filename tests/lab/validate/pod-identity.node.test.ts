import { CreatePodIdentityAssociationCommand, DeletePodIdentityAssociationCommand, EKSClient } from '@aws-sdk/client-eks'
import { CreateRoleCommand, DeleteRoleCommand, DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { CreateSecretCommand, DeleteSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { policyText } from '../iam-principal.ts'
import { apply, deployment, serviceAccount } from '../irsa/workloads.ts'
import { installPodIdentity } from '../pod-identity/install.ts'
import { describeNode } from '../shared-lab.ts'
import { installProbe } from './probe-image.ts'
import { restrictedNamespace } from './restricted-namespace.ts'
import { remains, statesOf, validated, type ValidationReport } from './run-validate.ts'

const namespace = 'validate-pod-identity'
const secretNames = ['validate-pod-identity/mine', 'validate-pod-identity/theirs'] as const
/** What the trust of each service account's role lets EKS do. */
const trusts: Readonly<Record<string, readonly string[]>> = {
  reader: ['sts:AssumeRole', 'sts:TagSession'],
  untagged: ['sts:AssumeRole'],
}
const roleOf = (name: string) => `${namespace}-${name}`

describeNode('validate of EKS Pod Identity', lab => {
  const { clusterName } = lab
  const [eks, iam, secrets] = [new EKSClient(lab.aws()), new IAMClient(lab.aws()), new SecretsManagerClient(lab.aws())]
  const associations: string[] = []
  let uninstall: () => Promise<void>
  let report: ValidationReport

  async function associate(name: string, actions: readonly string[], readable: string): Promise<void> {
    // The emulator hands sessions to principals of an account alone: see the gateway's row of EKS Auth.
    const ofLab = { AWS: `arn:aws:iam::${lab.accountId}:root` }
    const trust = [
      { Effect: 'Allow', Principal: { Service: 'pods.eks.amazonaws.com' }, Action: actions },
      { Effect: 'Allow', Principal: ofLab, Action: ['sts:AssumeRole', 'sts:TagSession'] },
    ]
    const RoleName = roleOf(name)
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: policyText(trust) }))
    const policy = [{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: readable }]
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'given', PolicyDocument: policyText(policy) }))
    const input = { clusterName, namespace, serviceAccount: name, roleArn: Role?.Arn }
    const { association } = await eks.send(new CreatePodIdentityAssociationCommand(input))
    associations.push(association?.associationId ?? '')
  }

  beforeAll(async () => {
    await installProbe(lab)
    await lab.installWebhook()
    const names = Object.keys(trusts)
    await apply(lab, [
      restrictedNamespace(namespace),
      ...names.flatMap(name => [serviceAccount(namespace, name), deployment(namespace, name, name, {}, 0)]),
    ])
    uninstall = await installPodIdentity(lab)
    const [mine] = await Promise.all(secretNames.map(Name => secrets.send(new CreateSecretCommand({ Name, SecretString: 'of the test' }))))
    for (const [name, actions] of Object.entries(trusts)) await associate(name, actions, mine?.ARN ?? '')
    report = await validated(lab, ['-n', namespace, '--joint', 'pod-identity'])
  })
  afterAll(async () => {
    await uninstall()
    await lab.removeWebhook()
    for (const associationId of associations) await eks.send(new DeletePodIdentityAssociationCommand({ clusterName, associationId }))
    for (const RoleName of Object.keys(trusts).map(roleOf)) {
      await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'given' }))
      await iam.send(new DeleteRoleCommand({ RoleName }))
    }
    for (const SecretId of secretNames) await secrets.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }))
    await lab.kubectl('delete', 'namespace', namespace, '--wait=false')
  })

  test('a pod gets the role of its association from the agent, may do what the engine allows, and is refused what it denies', () => {
    expect(statesOf(report, 'pod-identity', `deploy/reader in ${namespace}`)).toEqual({
      // The instance of the node has no interface in EC2: nobody knows the groups by which it reaches EKS Auth.
      identity: 'not-predicted',
      permitted: 'right',
      forbidden: 'right',
      metadata: 'right',
    })
    const [identity] = report.probes.find(({ subject }) => subject.startsWith('deploy/reader'))?.results ?? []
    expect(identity?.observed.text).toMatch(
      new RegExp(`^arn:aws:sts::${lab.accountId}:assumed-role/${roleOf('reader')}/eks-${clusterName}-`),
    )
  })

  test('one whose role does not let EKS tag the session is refused with the words of the agent, at the link that the engine names', () => {
    const [identity] = report.probes.find(({ subject }) => subject.startsWith('deploy/untagged'))?.results ?? []
    expect(identity).toMatchObject({
      state: 'broken',
      predicted: { is: 'no', link: 'trust', check: 'pod-identity/trust-missing-tag-session' },
    })
    expect(identity?.observed.text).toContain('EKS does not have permissions to assume the associated role')
  })

  test('nothing is left', async () => {
    expect(report.probes.flatMap(({ left }) => left)).toEqual([])
    expect(await remains(lab)).toBe('')
  })
})
