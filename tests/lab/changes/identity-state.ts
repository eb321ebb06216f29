import {
  DescribeAccessEntryCommand,
  DescribeAddonCommand,
  DescribeClusterCommand,
  DescribePodIdentityAssociationCommand,
  EKSClient,
  ListAccessEntriesCommand,
  ListAddonsCommand,
  ListAssociatedAccessPoliciesCommand,
  ListPodIdentityAssociationsCommand,
  type PodIdentityAssociationSummary,
} from '@aws-sdk/client-eks'
import {
  GetAccountAuthorizationDetailsCommand,
  GetOpenIDConnectProviderCommand,
  IAMClient,
  ListOpenIDConnectProvidersCommand,
} from '@aws-sdk/client-iam'
import { GetKeyPolicyCommand, KMSClient } from '@aws-sdk/client-kms'
import { GetBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3'
import { GetResourcePolicyCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Lab } from '../lab.ts'

/** Everything that identities of a blueprint can touch, whole: what another run of the same leaves must be equal. Ids and times are each run's own. */
export async function identityState(
  lab: Lab,
  of: { readonly namespace: string; readonly keyId: string; readonly secret: string; readonly bucket: string },
): Promise<unknown> {
  const parts = await Promise.all([
    iamState(lab),
    eksState(lab),
    new KMSClient(lab.aws()).send(new GetKeyPolicyCommand({ KeyId: of.keyId })).then(({ Policy }) => JSON.parse(Policy ?? '') as unknown),
    new SecretsManagerClient(lab.aws())
      .send(new GetResourcePolicyCommand({ SecretId: of.secret }))
      .then(({ ResourcePolicy }) => ResourcePolicy ?? null),
    new S3Client({ ...lab.aws(), forcePathStyle: true })
      .send(new GetBucketPolicyCommand({ Bucket: of.bucket }))
      .then(({ Policy }) => JSON.parse(Policy ?? 'null') as unknown)
      .catch((error: unknown) => {
        if (error instanceof Error && error.name === 'NoSuchBucketPolicy') return null
        throw error
      }),
    lab.kubectl('get', 'namespace', of.namespace, '-o', 'json', '--ignore-not-found'),
    lab.kubectl('get', 'serviceaccounts,deployments,replicasets', '-n', of.namespace, '-o', 'json'),
  ])
  const [iam, eks, key, secret, bucket, namespace, objects] = parts
  return bare({
    iam,
    eks,
    key,
    secret,
    bucket,
    namespace: namespace === '' ? null : (JSON.parse(namespace) as unknown),
    objects: bareObjects(objects),
  })
}

async function iamState(lab: Lab): Promise<object> {
  const iam = new IAMClient(lab.aws())
  const roles = await iam.send(new GetAccountAuthorizationDetailsCommand({ Filter: ['Role'], MaxItems: 1000 }))
  const { OpenIDConnectProviderList = [] } = await iam.send(new ListOpenIDConnectProvidersCommand({}))
  const providers = await Promise.all(
    OpenIDConnectProviderList.map(({ Arn }) => iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: Arn }))),
  )
  return { roles: byName(roles.RoleDetailList ?? [], 'RoleName'), providers: byName(providers, 'Url') }
}

async function eksState(lab: Lab): Promise<object> {
  const eks = new EKSClient(lab.aws())
  const { clusterName } = lab
  const [{ cluster }, { addons = [] }, { associations = [] }, { accessEntries = [] }] = await Promise.all([
    eks.send(new DescribeClusterCommand({ name: clusterName })),
    eks.send(new ListAddonsCommand({ clusterName })),
    eks.send(new ListPodIdentityAssociationsCommand({ clusterName })),
    eks.send(new ListAccessEntriesCommand({ clusterName })),
  ])
  const described = {
    addons: await Promise.all(addons.toSorted().map(addonName => eks.send(new DescribeAddonCommand({ clusterName, addonName })))),
    associations: await Promise.all(
      associations
        .toSorted((a, b) => accountOf(a).localeCompare(accountOf(b)))
        .map(({ associationId }) => eks.send(new DescribePodIdentityAssociationCommand({ clusterName, associationId }))),
    ),
    entries: await Promise.all(
      accessEntries.toSorted().map(async principalArn => ({
        ...(await eks.send(new DescribeAccessEntryCommand({ clusterName, principalArn }))),
        policies: (await eks.send(new ListAssociatedAccessPoliciesCommand({ clusterName, principalArn }))).associatedAccessPolicies,
      })),
    ),
  }
  return { accessConfig: cluster?.accessConfig, ...described }
}

const accountOf = ({ namespace, serviceAccount }: PodIdentityAssociationSummary): string => `${namespace}/${serviceAccount}`

const byName = <T extends object>(items: readonly T[], name: keyof T): readonly T[] =>
  items.toSorted((a, b) => String(a[name]).localeCompare(String(b[name])))

/** The controller manager's own marks are left out. */
function bareObjects(text: string): unknown {
  const { items } = JSON.parse(text) as { items: { kind: string; metadata: { name: string; labels?: object; annotations?: object } }[] }
  return items
    .filter(({ kind }) => kind !== 'ReplicaSet')
    .map(({ kind, metadata: { name, labels, annotations } }) => ({ kind, name, labels, annotations }))
    .toSorted((a, b) => `${a.kind}/${a.name}`.localeCompare(`${b.kind}/${b.name}`))
}

const ownOfEachRun =
  /^(?:\$metadata|Arn|RoleId|CreateDate|RoleLastUsed|createdAt|modifiedAt|associatedAt|associationId|associationArn|addonArn|accessEntryArn|uid|resourceVersion|creationTimestamp|managedFields|status|deployment\.kubernetes\.io\/revision)$/

/** Settings of an add-on that were given cannot be taken away again, only be made empty. */
const isEmpty = (key: string, value: unknown): boolean => key === 'configurationValues' && (value === '' || value === '{}')

const bare = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, inner: unknown) => (ownOfEachRun.test(key) || isEmpty(key, inner) ? undefined : inner)))
