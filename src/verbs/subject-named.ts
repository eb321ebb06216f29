import { UserError } from '#base/errors.ts'
import { nearest } from '#base/nearest.ts'
import { subjectText } from '#joints/define.ts'
import { kubectlKind } from '#joints/kubectl-names.ts'
import { workloadsOf } from '#joints/workloads.ts'
import type { World } from '#model/world.ts'

/**
 * The workload or service account that a person names, as findings and chains name it: `deploy/reader in payments`.
 * @param target as kubectl takes it: `deploy/reader`, `pod/reader-7d4`, `sa/reader`, `deploy/payments/reader`
 * @throws UserError `NO_SUCH_WORKLOAD` and `AMBIGUOUS_WORKLOAD`.
 */
export function subjectTextNamed(world: World, target: string, namespace: string | undefined): string {
  const [kind = '', ...rest] = target.split('/')
  const place = rest.length === 2 ? rest[0] : namespace
  const wanted = `${kubectlKind(kind)}/${rest.at(-1) ?? ''}`
  const known = subjects(world)
  const matches = known.filter(item => item.name === wanted && (place === undefined || item.namespace === place))
  if (matches.length === 1 && matches[0] !== undefined) return matches[0].text
  if (matches.length > 1) {
    throw new UserError('AMBIGUOUS_WORKLOAD', `${wanted} is in ${matches.map(item => item.namespace).join(', ')}`, {
      help: 'add -n <namespace>',
    })
  }
  const near = nearest(
    wanted,
    known.map(item => item.name),
  )
  const there = known.find(item => item.name === near)
  throw new UserError('NO_SUCH_WORKLOAD', `there is no ${wanted}${place === undefined ? '' : ` in namespace ${place}`} in what was read`, {
    help:
      there === undefined
        ? 'name it like kubectl does: deploy/web, sts/db, ds/agent, cronjob/report, pod/x, sa/x'
        : `did you mean ${there.text}?`,
  })
}

interface Known {
  readonly name: string
  readonly namespace: string
  readonly text: string
}

function subjects(world: World): readonly Known[] {
  const workloads = workloadsOf(world).flatMap(workload => [
    { name: workload.name, namespace: workload.namespace, text: subjectText(workload) },
    ...workload.seenPods.map(pod => ({
      name: `pod/${pod.body.metadata.name}`,
      namespace: workload.namespace,
      text: subjectText(workload),
    })),
  ])
  const accounts = world.seen('k8s/ServiceAccount').map(account => ({
    name: `sa/${account.body.metadata.name}`,
    namespace: account.body.metadata.namespace,
    text: subjectText(account),
  }))
  const unique = new Map([...workloads, ...accounts].map(item => [`${item.namespace}\n${item.name}`, item]))
  return [...unique.values()]
}
