import { defineCheck } from '#joints/define.ts'
import { trustPath } from '#joints/trust.ts'
import type { Workload } from '#joints/workloads.ts'
import { setting } from '#model/change.ts'
import type { Evidence } from '#model/resource.ts'
import { fail, pass, skip, type Fix } from '#model/verdict.ts'
import { atSeat } from '../judged-shapes.ts'
import { mending } from '../replace-pods.ts'
import { roleArnOf } from '../service-account.ts'
import { serviceAccountOf } from '../workload-service-account.ts'
import { audienceAnswer, writtenTokens, type AudienceAnswer, type WrittenToken } from '../written-token.ts'

type Refused = Extract<AudienceAnswer, { is: 'refused' }>

export default defineCheck({
  id: 'irsa/token-audience-mismatch',
  title: 'A token that a manifest projects itself is for an audience that AWS does not take',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: ['aws/eks/Cluster', 'aws/iam/OpenIDConnectProvider', 'aws/iam/Role', 'k8s/ServiceAccount'],
  sources: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html',
    'https://kubernetes.io/docs/concepts/storage/projected-volumes/#serviceaccounttoken',
  ],

  test({ subject: workload, world }) {
    const tokens = writtenTokens(workload)
    if (tokens.length === 0) return skip('the manifest projects no token for AWS itself')
    const account = serviceAccountOf(world, workload)
    // The webhook keeps what is written, and the injection is judged against what the service account asks for.
    if (account !== undefined && roleArnOf(account) !== undefined) return skip('its service account asks for a role')
    const answers = tokens.map(token => ({ token, answer: audienceAnswer(world, workload, token) }))
    for (const { token, answer } of answers) if (answer.is === 'refused') return verdict(workload, token, answer)
    for (const { token, answer } of answers)
      if (answer.is === 'taken') return pass(tokenEvidence(workload, token, 'AWS takes this audience'))
    const [first] = answers
    return skip(first?.answer.is === 'other' ? first.answer.why : 'nothing to judge')
  },
})

function verdict(workload: Workload, token: WrittenToken, { by, instead }: Refused) {
  const audience = token.audience ?? 'the API server'
  const isProvider = by.kind === 'aws/iam/OpenIDConnectProvider'
  const fix = fixOf(workload, token, instead)
  return fail({
    message: `container ${token.seat.container.name} of ${workload.name} presents a token for ${audience}, which ${
      isProvider ? 'the provider of the cluster does not list' : `the trust policy of role ${by.body.RoleName} does not let in`
    }`,
    evidence: [
      tokenEvidence(workload, token, 'the token is for this audience'),
      isProvider ? by.at(['ClientIDList'], 'it is not among these') : by.at(trustPath, 'another audience is asked for here', 'key'),
      atSeat(workload.template, token.seat, ['env', token.role.index, 'value'], 'the token is presented for this role'),
    ],
    effect: `STS answers "${
      isProvider ? 'Incorrect token audience' : 'Not authorized to perform sts:AssumeRoleWithWebIdentity'
    }", so the container gets no AWS credentials.`,
    ...(fix === undefined
      ? { help: 'Name an audience that the provider lists and the trust policy asks for, which is sts.amazonaws.com as a rule.' }
      : { fix }),
  })
}

function tokenEvidence({ template: { resource } }: Workload, { path, audience }: WrittenToken, label: string): Evidence {
  return audience === undefined
    ? resource.at([...path, 'path'], 'without an audience the token is for the API server')
    : resource.at([...path, 'audience'], label)
}

function fixOf(workload: Workload, { path }: WrittenToken, instead: string | undefined): Fix | undefined {
  if (instead === undefined) return undefined
  const edit = setting(workload.template.resource, [...path, 'audience'], instead)
  const risk = `Pods of ${workload.name} are replaced, and the token in that volume is for ${instead} from then on, whoever else reads it.`
  const changes = mending(workload, [edit], workload.seenPods, risk)
  return changes === undefined ? undefined : { title: `project a token for ${instead}`, safe: false, changes }
}
