import type { Lab } from '../lab.ts'
import { accountOf, makeReader, trustOf, trustWith, type Account } from './account.ts'
import {
  apply,
  cronJob,
  daemonSet,
  deployment,
  job,
  namespaceOf,
  pod,
  serviceAccount,
  statefulSet,
  untilPodsExist,
} from './workloads.ts'

export interface HealthyWorld {
  /** Takes away what other suites would meet. */
  undo(): Promise<void>
  /** The role with which the partner's account is read: for `--assume-role`. */
  readonly partnerReader: string
}

/** Workloads with a chain, by kind; `plain` asks for no role, and `spare` is a service account that nothing uses. */
export const healthySubjects = [
  'cronjob/report',
  'deploy/api',
  'deploy/partner',
  'ds/agent',
  'job/migrate',
  'pod/single',
  'sa/spare',
  'sts/db',
] as const

/**
 * A namespace in which every chain holds: all kinds of workloads, exact and wildcard trusts, a role of another account. Pods come
 * from the controllers and through the lab's webhook, which must be installed.
 */
export async function makeHealthyWorld(lab: Lab, namespace: string, partnerId: string): Promise<HealthyWorld> {
  const own = accountOf(lab)
  const partner = accountOf(lab, partnerId)
  const name = (short: string) => `${namespace}-${short}`
  const [undoOwn, undoPartner] = await Promise.all([own.makeProvider(), partner.makeProvider()])
  await Promise.all([
    own.makeRole(name('api'), [trustOf(own, namespace, 'api')]),
    own.makeRole(name('batch'), [wholeNamespace(own, namespace)]),
    own.makeRole(name('spare'), [trustOf(own, 'elsewhere', 'another'), trustOf(own, namespace, 'spare')]),
    partner.makeRole(name('partner'), [trustOf(partner, namespace, 'partner')]),
  ])
  const partnerReader = await makeReader(lab, partner, name('reader'))

  const asking = (account: string, arn: string) => serviceAccount(namespace, account, { 'eks.amazonaws.com/role-arn': arn })
  await apply(lab, [
    namespaceOf(namespace),
    serviceAccount(namespace, 'plain'),
    asking('api', own.roleArn(name('api'))),
    asking('batch', own.roleArn(name('batch'))),
    asking('spare', own.roleArn(name('spare'))),
    asking('partner', partner.roleArn(name('partner'))),
  ])
  await apply(lab, [
    deployment(namespace, 'api', 'api', {}, 2),
    deployment(namespace, 'partner', 'partner'),
    deployment(namespace, 'plain', 'plain'),
    statefulSet(namespace, 'db', 'api'),
    daemonSet(namespace, 'agent', 'api'),
    job(namespace, 'migrate', 'batch'),
    cronJob(namespace, 'report', 'batch'),
    pod(namespace, 'single', 'batch'),
  ])
  await untilPodsExist(lab, namespace, { api: 2, partner: 1, plain: 1, db: 1, migrate: 1, single: 1 })
  return {
    partnerReader,
    undo: async () => {
      await Promise.all([undoOwn(), undoPartner()])
    },
  }
}

const wholeNamespace = (account: Account, namespace: string): object =>
  trustWith(account, {
    StringLike: { [`${account.issuerKey}:sub`]: `system:serviceaccount:${namespace}:*` },
    StringEquals: { [`${account.issuerKey}:aud`]: 'sts.amazonaws.com' },
  })
