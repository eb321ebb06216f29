import { keeperOf } from '#joints/keeper.ts'
import type { Proposal } from '#joints/proposal.ts'
import type { Workload } from '#joints/workloads.ts'
import { UserError } from '#base/errors.ts'
import { setting, targetOf } from '#model/change.ts'
import type { DeclaredFolder } from './declared-mounts.ts'
import { driverName } from './mounts.ts'

/** Whose pods are made anew when their template changes; what owns no template, or may not change it, stays as it is. */
const plurals: Readonly<Partial<Record<Workload['resource']['kind'], string>>> = {
  'k8s/CronJob': 'cronjobs',
  'k8s/DaemonSet': 'daemonsets',
  'k8s/Deployment': 'deployments',
  'k8s/StatefulSet': 'statefulsets',
}

/**
 * The volume and its mounts in every container, in one edit of the template: pods are replaced once.
 * @throws UserError `NOT_OURS` when somebody keeps the workload as it is, or its template cannot change
 */
export function templateProposal(workload: Workload, { folder, className, where }: DeclaredFolder): Proposal {
  const { resource, name, namespace, template } = workload
  const plural = plurals[resource.kind]
  const keeper = keeperOf(resource)
  if (keeper !== undefined || plural === undefined)
    throw new UserError(
      'NOT_OURS',
      `${name} in ${namespace} does not mount ${folder}, and ${keeper === undefined ? 'its pods cannot change' : `${keeper} keeps it as it is`}`,
      {
        where,
        help: `There: add the volume ${JSON.stringify(volumeOf(className))}, and the mount ${JSON.stringify(mountOf(className, folder))} in each container that reads it.`,
      },
    )
  const { spec } = template
  const after = {
    ...spec,
    volumes: [...(spec.volumes ?? []), volumeOf(className)],
    containers: spec.containers.map(container => ({
      ...container,
      volumeMounts: [...(container.volumeMounts ?? []), mountOf(className, folder)],
    })),
  }
  const change = {
    target: targetOf(resource),
    edit: setting(resource, [...template.root, 'spec'], after),
    permissions: [`update ${plural}`],
    risk: `Mortise did not make ${name}: its pods are replaced, and whoever applies its manifest again without the volume takes it back.`,
  }
  return { change, title: `mount ${folder} in ${name} of ${namespace}`, makes: 'secrets-store: volume' }
}

const volumeOf = (className: string) => ({
  name: className,
  csi: { driver: driverName, readOnly: true, volumeAttributes: { secretProviderClass: className } },
})

const mountOf = (className: string, mountPath: string) => ({ name: className, mountPath, readOnly: true })
