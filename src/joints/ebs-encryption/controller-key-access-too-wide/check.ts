import { compilePolicy } from '#iam/compile.ts'
import { askAccess } from '#joints/access.ts'
import { layersSay } from '#joints/access-layers.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { whyUnknown } from '../../irsa/pod-role.ts'
import { addOnDriver } from '../drivers.ts'
import { clusterOf, homeOf } from '../home.ts'
import { operatorKinds } from '../kinds.ts'
import { keyContext } from '../needs.ts'
import { controllerIn, operatorOf } from '../operator.ts'

export default defineCheck({
  id: 'ebs-encryption/controller-key-access-too-wide',
  title: 'The role of the EBS CSI controller may do more with KMS keys than volumes take',
  severity: 'medium',
  since: '0.1.0',
  subject: 'k8s/Deployment',
  reads: operatorKinds,
  sources: [
    'https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html',
    'https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-grant-is-for-aws-resource',
  ],

  test({ subject: deployment, world }) {
    const controller = controllerIn(deployment)
    if (controller === undefined) return skip('it is not the controller of the EBS CSI driver')
    const state = operatorOf(world, clusterOf(deployment), addOnDriver)
    if (state.is === 'none') return skip(state.why)
    const { operator } = state
    const { role, caller } = operator
    const home = homeOf(world, clusterOf(deployment))
    const account = role.id.split(':')[4] ?? ''
    // A key that nobody made, whose policy leaves everything to the account: what the role may do with it, it may do with every such key.
    const resource = `arn:${home.partition}:kms:${home.region}:${account}:key/00000000-0000-4000-8000-000000000000`
    const leaves = { Effect: 'Allow', Principal: { AWS: `arn:${home.partition}:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }
    const policies = { resource: [compilePolicy({ Version: '2012-10-17', Statement: [leaves] }, 'key')], grants: [] }
    const ask = (action: string, context: Readonly<Record<string, string | null>>) =>
      askAccess(world, caller, { action, resource, policies, context: { ...keyContext(home, account, action), ...context } })
    const excesses = [
      {
        what: 'grant keys of the whole account to anybody',
        answer: ask('kms:CreateGrant', { 'aws:ViaAWSService': 'false', 'kms:ViaService': null, 'kms:GrantIsForAWSResource': 'false' }),
      },
      { what: 'decrypt with keys of the whole account', answer: ask('kms:Decrypt', {}) },
    ]
    const [worst] = excesses.filter(({ answer }) => answer.decision.answer === 'allow')
    if (worst === undefined) {
      const open = excesses.find(({ answer }) => answer.decision.answer === 'unknown')
      if (open !== undefined) throw whyUnknown(open.answer, role)
      return pass(role.at(['RoleName'], 'no policy of the role names keys that it does not need'), operator.at)
    }
    return fail({
      message: `role ${role.body.RoleName} of the EBS CSI controller may ${worst.what}`,
      evidence: [
        layersSay(worst.answer).find(({ layer }) => layer === 'identity')?.at ?? role.at(['RoleName'], 'its policies allow it'),
        operator.at,
      ],
      effect: 'Whoever gets into the controller, or may make pods with its service account, reads what other teams encrypt.',
      help: 'Name the keys of volumes alone, through EC2, and kms:CreateGrant under kms:GrantIsForAWSResource: docs/guide/joints/ebs-encryption.md has the policy.',
    })
  },
})
