import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { atSeat, findFault, namedWith, type Fault, type View } from '../judged-shapes.ts'
import { annotation, annotationPath, roleArnOf } from '../service-account.ts'
import { seatsOf, skippedContainers, type Variable } from '../webhook.ts'
import { serviceAccountOf } from '../workload-service-account.ts'

const variable = 'AWS_ROLE_SESSION_NAME'
/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
const [shortest, longest] = [2, 64]

interface InvalidName extends Fault {
  readonly is: 'session-name'
  readonly value: string
  readonly why: string
  /** Where in the container. */
  readonly path: readonly (string | number)[]
}

export default defineCheck({
  id: 'irsa/session-name-invalid',
  title: 'A container asks for a session name that STS refuses',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: ['k8s/ServiceAccount'],
  sources: [
    'https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html',
    'https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html',
  ],

  test({ subject: workload, world }) {
    const serviceAccount = serviceAccountOf(world, workload)
    if (serviceAccount === undefined) return skip('the service account does not exist')
    if (roleArnOf(serviceAccount) === undefined) return skip('the service account asks for no role')
    const found = findFault(workload, serviceAccount, invalidName)
    if (found === undefined)
      return pass(serviceAccount.at(annotationPath(annotation.roleArn), 'no container asks for a name that STS refuses'))

    const { fault, view } = found
    return fail({
      message: `container ${fault.seat.container.name} of ${namedWith(workload, found)} asks for session name ${JSON.stringify(fault.value.slice(0, 80))}: ${fault.why}`,
      evidence: [
        atSeat(view.shape, fault.seat, fault.path, fault.why),
        serviceAccount.at(annotationPath(annotation.roleArn), 'sessions of this role get the name'),
      ],
      effect: 'STS answers ValidationError for roleSessionName, so the container gets no AWS credentials.',
      help: `Give ${variable} ${shortest} to ${longest} letters, digits and characters of =,.@-_ and +, or take it away: SDKs make a name of their own.`,
    })
  },
})

function invalidName({ shape, spec }: View): InvalidName | undefined {
  const skipped = skippedContainers(shape)
  const pod = shape.root.length === 0 && shape.resource.kind === 'k8s/Pod' ? shape.resource : undefined
  const podName = (pod?.body as { readonly metadata?: { readonly name?: string } } | undefined)?.metadata?.name
  for (const seat of seatsOf(spec)) {
    if (skipped.has(seat.container.name)) continue
    const index = (seat.container.env ?? []).findIndex(({ name }) => name === variable)
    const set = index < 0 ? undefined : seat.container.env?.[index]
    const value = set === undefined ? undefined : valueOf(set, podName)
    const why = value === undefined ? undefined : whyNot(value)
    if (set === undefined || value === undefined || why === undefined) continue
    const path = set.value === undefined ? ['env', index, 'valueFrom', 'fieldRef', 'fieldPath'] : ['env', index, 'value']
    return { is: 'session-name', seat, value, why, path }
  }
  return undefined
}

/** What is written out, and the pod's own name; other values are not known, nor is what variables in them stand for. */
function valueOf({ value, valueFrom }: Variable, podName: string | undefined): string | undefined {
  if (value !== undefined) return value === '' || value.includes('$(') ? undefined : value
  return valueFrom?.fieldRef?.fieldPath === 'metadata.name' ? podName : undefined
}

function whyNot(name: string): string | undefined {
  if (name.length < shortest) return `it has fewer than ${shortest} characters`
  if (name.length > longest) return `it has ${name.length} characters, and ${longest} are allowed`
  const stray = /[^\w+=,.@-]/.exec(name)?.[0]
  return stray === undefined ? undefined : `${JSON.stringify(stray)} is not allowed in it`
}
