import type { Lab } from '../lab.ts'
import { accountOf, makeReader, trustOf, trustWith, type Account } from './account.ts'
import { apply, cronJob, daemonSet, deployment, job, namespaceOf, pod, serviceAccount, statefulSet, untilPodsExist } from './workloads.ts'

/** Workloads with a chain, by kind; `plain` asks for no role, and `spare` is a service account that nothing uses. */
export const healthySubjects = ['cronjob/report', 'deploy/api', 'ds/agent', 'job/migrate', 'pod/single', 'sa/spare', 'sts/db'] as const

/**
 * A namespace in which every chain holds: all kinds of workloads, exact and wildcard trusts. Pods come from the controllers and
 * through the lab's webhook, which must be installed. Answers how to take away what other suites would meet.
 */
export async function makeHealthyWorld(lab: Lab, namespace: string): Promise<() => Promise<void>> {
  const own = accountOf(lab)
  const name = (short: string) => `${namespace}-${short}`
  const removeProvider = await own.makeProvider()
  await Promise.all([
    own.makeRole(name('api'), [trustOf(own, namespace, 'api')]),
    own.makeRole(name('batch'), [wholeNamespace(own, namespace)]),
    own.makeRole(name('spare'), [trustOf(own, 'elsewhere', 'another'), trustOf(own, namespace, 'spare')]),
  ])
  await apply(lab, [
    namespaceOf(namespace),
    serviceAccount(namespace, 'plain'),
    ...['api', 'batch', 'spare'].map(account => asking(namespace, account, own.roleArn(name(account)))),
  ])
  await apply(lab, [
    deployment(namespace, 'api', 'api', {}, 2),
    deployment(namespace, 'plain', 'plain'),
    statefulSet(namespace, 'db', 'api'),
    daemonSet(namespace, 'agent', 'api'),
    job(namespace, 'migrate', 'batch'),
    cronJob(namespace, 'report', 'batch'),
    pod(namespace, 'single', 'batch'),
  ])
  await untilPodsExist(lab, namespace, { api: 2, plain: 1, db: 1, migrate: 1, single: 1 })
  // A role that trusts a whole namespace is a finding in whatever scan meets it.
  return async () => {
    await Promise.all(['api', 'batch', 'spare'].map(short => own.removeRole(name(short))))
    await removeProvider()
  }
}

export interface Partner {
  /** The role with which the partner's account is read: for `--assume-role`. */
  readonly reader: string
  undo(): Promise<void>
}

/** One more chain that holds, to a role of another account, which has a provider for the cluster of its own. */
export async function makePartner(lab: Lab, namespace: string, accountId: string): Promise<Partner> {
  const partner = accountOf(lab, accountId)
  const undo = await partner.makeProvider()
  await partner.makeRole(`${namespace}-partner`, [trustOf(partner, namespace, 'partner')])
  await apply(lab, [asking(namespace, 'partner', partner.roleArn(`${namespace}-partner`)), deployment(namespace, 'partner', 'partner')])
  await untilPodsExist(lab, namespace, { partner: 1 })
  return { reader: await makeReader(lab, partner, `${namespace}-reader`), undo }
}

const asking = (namespace: string, account: string, roleArn: string) =>
  serviceAccount(namespace, account, { 'eks.amazonaws.com/role-arn': roleArn })

const wholeNamespace = (account: Account, namespace: string): object =>
  trustWith(account, {
    StringLike: { [`${account.issuerKey}:sub`]: `system:serviceaccount:${namespace}:*` },
    StringEquals: { [`${account.issuerKey}:aud`]: 'sts.amazonaws.com' },
  })
