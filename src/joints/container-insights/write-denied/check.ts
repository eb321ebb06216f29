import { accessKinds } from '#joints/access.ts'
import type { Caller } from '#joints/access-caller.ts'
import { mechanismKinds, type Mechanism } from '#joints/access-mechanism.ts'
import { workloadMechanisms, type WorkloadReader } from '#joints/access-workload.ts'
import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { fail, pass, skip, unknown, type Fail, type Verdict } from '#model/verdict.ts'
import { judgeNeed, type JudgedNeed } from '../../irsa/need.ts'
import { grantingFix } from '../../irsa/permission-fix.ts'
import { decidingEvidence, deniedEvidence, policyLines, whyUnknown } from '../../irsa/pod-role.ts'
import { settled } from '../../secrets-store/settled.ts'
import type { DestinationReader } from '../destinations.ts'
import { shipperOf, signalText, type Shipper } from '../shippers.ts'
import { writesOf, type Write } from '../writes.ts'

type Role = Resource<'aws/iam/Role'>
type WriteReader = WorkloadReader & DestinationReader & Reader<'aws/logs/LogGroup'>

export default defineCheck({
  id: 'container-insights/write-denied',
  title: 'The role of a shipper may not write the log groups that it ships to',
  severity: 'critical',
  since: '0.1.0',
  subject: 'workload',
  reads: [...new Set([...workloadKinds, ...mechanismKinds, ...accessKinds, 'k8s/ConfigMap', 'aws/logs/LogGroup'] as const)],
  sources: [
    'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-prerequisites.html',
    'https://docs.fluentbit.io/manual/data-pipeline/outputs/cloudwatch',
    'https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/logs/iam-access-control-overview-cwl.html',
  ],

  test({ subject: workload, world }) {
    const shipper = shipperOf(workload)
    if (shipper === undefined) return skip('the workload is no shipper of Container Insights')
    const writes = writesOf(world, shipper)
    if (writes.length === 0) return skip('nothing of it goes to CloudWatch')
    return settled(workloadMechanisms(world, workload), mechanism => ofMechanism(world, shipper, mechanism, writes), 'it has no identity')
  },
})

function ofMechanism(world: WriteReader, shipper: Shipper, { session, roleArn, by }: Mechanism, writes: readonly Write[]): Verdict {
  if (session.is === 'unknown') return unknown(session.fact)
  if (session.is === 'refused') return skip('it gets no credentials, which is told of its identity')
  const role = roleArn === undefined ? undefined : world.find('aws/iam/Role', roleArn)
  if (role === undefined) return skip('the role does not exist')
  const judged = writes.flatMap(write => judgedWrite(world, session.caller, write) ?? [])
  const denied = judged.filter(({ is }) => is === 'denied')
  const [first] = denied
  if (first !== undefined) return denial(shipper, role, by, denied, first)
  const open = judged.find(({ is }) => is === 'unknown')
  if (open !== undefined) throw whyUnknown(open.answer, role)
  return pass(
    ...judged.map(
      ({ answer, need }) => decidingEvidence(answer, `this allows ${need.action}`) ?? role.at(['RoleName'], `${need.action} is allowed`),
    ),
  )
}

type JudgedWrite = JudgedNeed & { readonly write: Write }

/** Undefined for what is not asked of AWS, since the group is there. @throws Unread when whether it is was not read, and that decides */
function judgedWrite(world: WriteReader, caller: Caller, write: Write): JudgedWrite | undefined {
  const first = judgeNeed(world, caller, write.need)
  const other = first.is === 'allowed' || write.also === undefined ? undefined : judgeNeed(world, caller, write.also)
  const best = other?.is === 'allowed' || (first.is === 'denied' && other?.is === 'unknown') ? other : first
  const { destination } = write
  if (
    best.is !== 'allowed' &&
    write.ifMissing === true &&
    destination !== undefined &&
    world.find('aws/logs/LogGroup', destination.arn) !== undefined
  )
    return undefined
  return { ...best, write }
}

function denial(shipper: Shipper, role: Role, by: Mechanism['by'], denied: readonly JudgedWrite[], first: JudgedWrite): Verdict {
  const { workload, signal } = shipper
  const { action } = first.need
  const what = first.write.destination?.group ?? 'metrics'
  const more = denied.length === 1 ? '' : ` and ${denied.length - 1} more`
  const name = role.body.RoleName
  const whose = by === 'node' ? `${name} of its node` : name
  const isSilent = first.cause === 'role' && first.answer.decision.answer !== 'explicitDeny'
  const evidence: readonly Evidence[] = [
    ...(first.need.at === undefined ? [] : [first.need.at]),
    ...(isSilent ? policyLines(role) : []),
    shipper.at(['image'], `${signalText[signal]} writes as this role`),
  ]
  return fail({
    message: `role ${whose} may not do ${action} on ${what}${more}, which ${workload.name} in ${workload.namespace} ships to`,
    evidence: [deniedEvidence(role, first.answer), ...evidence],
    effect: `${signal === 'metrics' ? 'No metrics' : 'No logs'} arrive, while its pods and the add-on look healthy: ${action.slice(action.indexOf(':') + 1)} API responded with error='AccessDeniedException'.`,
    ...remedyOf(role, denied, workload.name),
  })
}

/** The engine is asked whether the policy with the statement allows it; the statement names whole groups, since streams are many. */
function remedyOf(role: Role, denied: readonly JudgedWrite[], who: string): Pick<Fail, 'fix' | 'help'> {
  const byRole = denied.every(({ cause }) => cause === 'role')
  const whole = denied.map(({ write, ...judged }) => ({ ...judged, need: { ...judged.need, resource: write.pattern } }))
  const fix = byRole ? grantingFix(role, whole, 'container-insights', `let role ${role.body.RoleName} write what ${who} ships`) : undefined
  if (fix !== undefined) return { fix }
  const actions = [...new Set(denied.map(({ need }) => need.action))].join(', ')
  return { help: `Allow ${actions} in every policy that stands round the role; the guide of Container Insights has the smallest policy.` }
}
