import { faultOf, saidOf, type FaultRow } from './fault-rows.ts'
import type { Fault, Said } from './fault.ts'
import { account, region, roleArn } from './healthy-shop.ts'
import { aKey } from './mounted-secret.ts'
import type { WorldEditor } from './world-editor.ts'

const of = 'deploy/sender in mail'
const secret = `arn:aws:secretsmanager:${region}:${account}:secret:mail/smtp-Zx12Cv`

/** As the kubelet says it of the container that waits. */
const waiting: Said = { event: 'Failed', says: 'Error: secret "smtp" not found' }
const reads = (says: string): Said => ({ event: 'UpdateFailed', of: { kind: 'ExternalSecret', name: 'smtp' }, says })

/** What the operator writes into the ExternalSecret when it could not write the Secret. */
const notSynced = (editor: WorldEditor) =>
  editor.edit('k8s/ExternalSecret', 'mail/smtp', body => {
    body.status.conditions = [
      { type: 'Ready', status: 'False', reason: 'SecretSyncedError', message: 'could not get secret data from provider' },
    ]
  })

/** What the kubelet says is that the Secret is not there, where nothing else is said instead. */
interface Broken extends FaultRow {
  readonly instead?: Said
}

const broken: readonly Broken[] = [
  {
    name: 'store gone',
    breaks: editor => notSynced(editor).remove('k8s/SecretStore', 'mail/aws'),
    link: 'store',
    check: 'store-missing',
  },
  {
    name: 'store’s account without role',
    breaks: editor => notSynced(editor).edit('k8s/ServiceAccount', 'mail/reads-secrets', body => delete body.metadata.annotations),
    link: 'identity',
    check: 'store-identity-missing',
  },
  {
    name: 'store may not assume its role',
    breaks: editor => notSynced(editor).edit('k8s/SecretStore', 'mail/aws', body => (body.spec.provider.aws.role = roleArn('shop-api'))),
    link: 'identity',
    check: 'store-session-refused',
  },
  {
    name: 'secret deleted',
    breaks: editor => notSynced(editor).remove('aws/secretsmanager/Secret', secret),
    link: 'secret',
    check: 'stored-secret-missing',
  },
  {
    name: 'role may not read',
    breaks: editor =>
      notSynced(editor).edit(
        'aws/iam/Role',
        roleArn('mail-secrets'),
        body => (body.RolePolicyList[0].PolicyDocument.Statement[0].Resource = `${secret.slice(0, -7)}`),
      ),
    link: 'permission',
    check: 'store-read-denied',
  },
  {
    name: 'key that is disabled',
    breaks: editor => {
      const key = {
        ...aKey('Disabled'),
        Policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'kms:*', Resource: '*' }] },
      }
      editor.add('aws/kms/Key', key.Arn, { account, region }, key)
      return notSynced(editor).edit('aws/secretsmanager/Secret', secret, body => (body.KmsKeyId = key.Arn))
    },
    link: 'key',
    check: 'store-key-not-usable',
  },
  {
    name: 'key that the ExternalSecret does not write',
    breaks: editor => editor.edit('k8s/ExternalSecret', 'mail/smtp', body => (body.spec.data[0].secretKey = 'smtp-password')),
    instead: { event: 'Failed', says: "Error: couldn't find key password in Secret mail/smtp" },
    link: 'synced-secret',
    check: 'external-key-missing',
  },
  {
    name: 'key that the value does not have',
    breaks: notSynced,
    says: [reads('error processing spec.data[0] (key: mail/smtp), err: key password does not exist in secret mail/smtp')],
    link: 'synced-secret',
    check: 'external-secret-not-synced',
  },
]

/** A Secret that the External Secrets Operator is to make of one in AWS: what breaks it, and what the pod that waits for it says. */
export const externalFaults: readonly Fault[] = broken
  .map(row => ({ ...row, says: [row.instead ?? waiting, ...saidOf(row, undefined)] }))
  .map(faultOf({ title: 'external secret', joint: 'secrets-store', of }, undefined))
