import { afterAll, beforeAll, expect, test } from 'vitest'
import irsa from '#joints/irsa/joint.ts'
import podIdentity from '#joints/pod-identity/joint.ts'
import { apply } from '../irsa/workloads.ts'
import { agentDaemonSet, agentName } from '../pod-identity/daemon-set.ts'
import { describeLab } from '../shared-lab.ts'
import { blueprintRun, type BlueprintRun } from './blueprint-run.ts'
import { identityAccount, type IdentityAccount } from './identity-account.ts'
import { identityState } from './identity-state.ts'

const namespace = 'apply-identity'
/** No node runs workloads, so the webhook of the lab is never healthy; and of the roles of other suites one namespace does not tell who gets them. */
const leaving = ['irsa/webhook-unhealthy', 'irsa/role-shared-by-service-accounts']

describeLab('identities of a blueprint on a live cluster and account', lab => {
  let account: IdentityAccount
  let run: BlueprintRun
  const state = () => identityState(lab, { namespace, ...account })

  beforeAll(async () => {
    account = await identityAccount(lab, namespace)
    run = blueprintRun(lab, account.blueprint)
  })
  afterAll(async () => {
    run.remove()
    await account.remove()
  })

  test('are made, hold, are planned again to nothing, and undone to what was there', { timeout: 240_000 }, async () => {
    const before = await state()
    const steps = await run.plan()
    expect(steps).toEqual([
      `let ${namespace}-operator sign in to cluster ${lab.clusterName}`,
      `give ${namespace}-operator AmazonEKSViewPolicy in ${namespace}`,
      `give ${namespace}-operator AmazonEKSAdminViewPolicy in the whole cluster`,
      `create namespace ${namespace}`,
      `create service account ${namespace}/reader`,
      expect.stringContaining('create the OIDC provider of'),
      `create role ${lab.clusterName}-${namespace}-reader`,
      expect.stringMatching(`read ${namespace}/db`),
      expect.stringContaining('decrypt with key/'),
      expect.stringContaining(`read ${account.bucket}/0`),
      `let ${namespace}/reader ask for role ${lab.clusterName}-${namespace}-reader`,
      'install add-on eks-pod-identity-agent',
      `create service account ${namespace}/writer`,
      `create role ${lab.clusterName}-${namespace}-writer`,
      `give ${namespace}/writer the role ${lab.clusterName}-${namespace}-writer`,
    ])
    const done = await run.apply()
    expect(await run.plan()).toEqual([])
    // EKS would bring it with the add-on; the emulator does not.
    await apply(lab, [agentDaemonSet('agent')])
    try {
      for (const joint of [irsa, podIdentity]) {
        const { findings, unknowns } = await run.scan(joint, leaving, '-n', namespace)
        // Roles are in no namespace: those of other suites are found too.
        expect({ findings: findings.filter(text => text.includes(namespace)), unknowns }).toEqual({ findings: [], unknowns: [] })
      }
    } finally {
      await lab.kubectl('delete', `daemonset/${agentName}`, '-n', 'kube-system')
    }
    await run.undo(done)
    expect(await state()).toEqual(before)
    expect(await run.plan()).toEqual(steps)
  })
})
