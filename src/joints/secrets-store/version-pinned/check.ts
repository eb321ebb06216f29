import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { objectEvidence } from '../classes.ts'
import { overWanted, storedKinds } from '../over-wanted.ts'
import { secretOf } from '../stored.ts'

export default defineCheck({
  id: 'secrets-store/version-pinned',
  title: 'Pods mount one version of a secret that is rotated',
  severity: 'medium',
  since: '0.1.0',
  subject: 'workload',
  reads: storedKinds,
  sources: [
    'https://github.com/aws/secrets-store-csi-driver-provider-aws#secretproviderclass-options',
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version',
  ],

  test({ subject: workload, world }) {
    return overWanted(world, workload, (wanted, home, taken) => {
      const { object, version, isFailover } = wanted
      if (object.type !== 'secretsmanager' || isFailover) return skip('it mounts no secret')
      const secret = secretOf(world, wanted, home)
      if (secret === undefined) return skip('the secret does not exist: secrets-store/secret-missing says so')
      if (secret.body.RotationEnabled !== true) return skip('the secret is not rotated')
      const { name } = taken.secretProviderClass.body.metadata
      const rotated = secret.at(['RotationEnabled'], 'the secret is rotated')
      if (version === undefined)
        return pass(rotated, objectEvidence(taken.secretProviderClass, [...object.inner, 'objectName'], 'no version is named'))
      return fail({
        message: `SecretProviderClass ${name} names version ${version} of secret ${secret.body.Name}, which is rotated`,
        evidence: [objectEvidence(taken.secretProviderClass, [...object.inner, 'objectVersion'], 'this version for ever'), rotated],
        effect: `The pods of ${workload.name} keep this version whatever the driver does; two rotations later what it opens is closed to them.`,
        help: 'Leave objectVersion out, so that AWSCURRENT is mounted, or name a label that rotation moves.',
        key: secret.body.Name,
      })
    })
  },
})
