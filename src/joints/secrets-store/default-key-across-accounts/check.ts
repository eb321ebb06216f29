import { parseArn } from '#iam/arn.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { namedKey } from '../stored-key.ts'
import { overWanted, storedKinds, wantedEvidence, wantedText } from '../over-wanted.ts'
import { storedOf } from '../reads.ts'

export default defineCheck({
  id: 'secrets-store/default-key-across-accounts',
  title: 'Pods mount a secret of another account that is encrypted with AWS’s own key',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: storedKinds,
  sources: [
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html',
    'https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-shared-parameters.html',
  ],

  test({ subject: workload, world }) {
    return overWanted(world, workload, (wanted, home, taken) => {
      const stored = storedOf(world, wanted, home)
      if (stored === undefined) return skip('what it mounts does not exist, which other checks say')
      const owner = parseArn(stored.id)?.account ?? ''
      if (owner === home.account) return skip('what it mounts is of the account of its role')
      const isParameter = stored.kind === 'aws/ssm/Parameter'
      if (isParameter && (stored.body as { readonly Type?: string }).Type !== 'SecureString') return skip('the parameter is not encrypted')
      const name = namedKey(stored)
      if (name !== undefined) return pass(stored.at([isParameter ? 'KeyId' : 'KmsKeyId'], 'it is encrypted with a key of its own'))
      return fail({
        message: `${wantedText(wanted)} of account ${owner} is encrypted with aws/${isParameter ? 'ssm' : 'secretsmanager'}, and ${workload.name} reads it from account ${home.account}`,
        evidence: [
          stored.at(['Name'], `without a key of its own it has that of account ${owner}`),
          wantedEvidence(taken, wanted, 'the class mounts it'),
        ],
        effect:
          "The pods wait in ContainerCreating: You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
        help: `Encrypt it with a customer managed key whose policy lets the role decrypt, then put its value anew: versions keep the key that they were made with.`,
      })
    })
  },
})
