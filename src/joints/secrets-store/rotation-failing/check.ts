import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { instantOf } from '../../pod-identity/association.ts'
import { mountEvidence } from '../mounts.ts'
import { storedKinds } from '../over-wanted.ts'
import { mountOfSecret } from '../rotated-secrets.ts'

const day = 86_400_000

export default defineCheck({
  id: 'secrets-store/rotation-failing',
  title: 'The rotation of a mounted secret is overdue or stuck',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/secretsmanager/Secret',
  reads: storedKinds,
  sources: [
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot_rotation.html',
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_how.html',
  ],

  test({ subject: secret, world }) {
    const { Name, RotationEnabled, NextRotationDate, VersionIdsToStages = {} } = secret.body
    if (RotationEnabled !== true) return skip('the secret is not rotated')
    const mounted = mountOfSecret(world, secret)
    if (mounted === undefined) return skip('no pod mounts it')
    if (world.readAt === undefined) throw new Unread({ kind: secret.kind, id: secret.id, reason: 'when it was read is not told' })
    const mounts = mountEvidence(mounted.mount, 'this volume mounts it')
    const now = Date.parse(world.readAt)
    const due = instantOf(NextRotationDate)
    const pending = Object.entries(VersionIdsToStages).find(
      ([, stages]) => stages?.includes('AWSPENDING') === true && !stages.includes('AWSCURRENT'),
    )
    const changed = instantOf(secret.body.LastChangedDate)
    const isStuck = pending !== undefined && changed !== undefined && now - changed > day
    const isOverdue = due !== undefined && now - due > day
    if (!isOverdue && !isStuck) return pass(secret.at(['RotationEnabled'], 'the secret is rotated, and in time'), mounts)
    return fail({
      message: isOverdue
        ? `secret ${Name} was to be rotated on ${new Date(due).toISOString().slice(0, 10)}, and was not`
        : `a rotation of secret ${Name} began and never ended`,
      evidence: [
        isOverdue
          ? secret.at(['NextRotationDate'], 'this day is past')
          : secret.at(['VersionIdsToStages', pending?.[0] ?? ''], 'a version that never became current'),
        mounts,
      ],
      effect: 'The value stays as it is, for as long as nobody looks: what rotation was to bound is not bounded.',
      help: 'Look at the log of the rotation function, its VPC and its permissions, then aws secretsmanager rotate-secret; a stuck AWSPENDING label is taken off with update-secret-version-stage.',
    })
  },
})
