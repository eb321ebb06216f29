import { describe, expect, it } from 'vitest'
import { causeText, recognise } from '#joints/define-symptoms.ts'
import symptoms from './symptoms.ts'

const seen = (text: string) => {
  const found = recognise(symptoms, text)
  return found === undefined ? undefined : [found.symptom.link, found.symptom.id, { ...found.parameters }]
}

/** As a kubelet 1.37 and the driver 1.5.4 said it, on a real node. */
const mount = (text: string) => `MountVolume.SetUp failed for volume "s" : rpc error: code = Unknown desc = ${text}`
const provided = (text: string) =>
  mount(`failed to mount secrets store objects for pod shop/api-0, err: rpc error: code = Unknown desc = ${text}`)
const role = 'arn:aws:sts::111122223333:assumed-role/reader/1732'
const secret = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/db-AbCdEf'

describe('texts as they were seen', () => {
  it.each([
    [mount('secretProviderClass is not set'), 'volume', 'class-not-named', {}],
    [
      mount(
        'failed to mount secrets store objects for pod default/ev-no-provider, err: error connecting to provider "azure": provider not found: provider "azure"',
      ),
      'provider',
      'provider-not-found',
      { provider: 'azure' },
    ],
    [
      'MountVolume.SetUp failed for volume "s" : rpc error: code = InvalidArgument desc = Readonly is not true in request',
      'volume',
      'volume-not-read-only',
      {},
    ],
    [
      'MountVolume.SetUp failed for volume "s" : secret "synced-db" not found',
      'synced-secret',
      'secret-not-made',
      { volume: 's', target: 'synced-db' },
    ],
    [
      mount('failed to get secretproviderclass default/nope, error: SecretProviderClass.secrets-store.csi.x-k8s.io "nope" not found'),
      'class',
      'class-missing',
      { class: 'default/nope' },
    ],
    [
      'MountVolume.SetUp failed for volume "s" : kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name secrets-store.csi.k8s.io not found in the list of registered CSI drivers',
      'driver',
      'driver-not-registered',
      {},
    ],
    [
      String.raw`E0515 nodeserver.go:235] "failed to mount secrets store object content" err="error connecting to provider \"aws\": provider not found: provider \"aws\"" pod="myns/mypod"`,
      'provider',
      'provider-not-found',
      { provider: 'aws' },
    ],
    [
      'MountVolume.SetUp failed for volume "secrets-store-inline" : kubernetes.io/csi: mounter.SetUpAt failed to determine if the node service has VOLUME_MOUNT_GROUP capability: rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing dial unix csi.sock: connect: No connection could be made because the target machine actively refused it."',
      'driver',
      'driver-socket-down',
      {},
    ],
    [
      'Unable to attach or mount volumes: unmounted volumes=[secrets-store01-inline], unattached volumes=[x]: timed out waiting for the condition',
      'volume',
      'volumes-not-mounted-in-time',
      { volumes: 'secrets-store01-inline' },
    ],
    [
      mount(
        'failed to get secretproviderclass default/edgeco, error: Get https://10.0.0.1:443/apis/secrets-store.csi.x-k8s.io/v1alpha1/namespaces/default: write: broken pipe',
      ),
      'driver',
      'api-server-unreachable',
      { class: 'default/edgeco' },
    ],
  ])('%s', (text, link, id, parameters) => expect(seen(text)).toEqual([link, id, parameters]))
})

describe('texts of the driver, the provider and AWS', () => {
  it.each([
    [
      provided(
        'CSI token error: serviceAccount.tokens not provided - ensure tokenRequests is configured in CSIDriver - ensure tokenRequests is configured in CSIDriver spec',
      ),
      'token',
      'tokens-not-requested',
      {},
    ],
    [
      provided(
        'IRSA token extraction failed: token for audience "sts.amazonaws.com" not found - ensure tokenRequests includes this audience in CSIDriver',
      ),
      'token',
      'audience-not-requested',
      { audience: 'sts.amazonaws.com' },
    ],
    [
      provided('Pod Identity token extraction failed: token for audience "pods.eks.amazonaws.com" is empty'),
      'token',
      'audience-not-requested',
      { audience: 'pods.eks.amazonaws.com' },
    ],
    [provided('CSI token error: failed to parse serviceAccount.tokens: unexpected end of JSON input'), 'token', 'tokens-unreadable', {}],
    [
      provided('An IAM role must be associated with service account reader (namespace: shop)'),
      'identity',
      'role-not-annotated',
      { serviceAccount: 'reader', namespace: 'shop' },
    ],
    [
      'WebIdentityErr: failed to retrieve credentials\ncaused by: AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity\n\tstatus code: 403',
      'identity',
      'token-refused',
      {},
    ],
    [
      provided('eu-west-1: failed to get AWS config from pod identity agent: context deadline exceeded'),
      'identity',
      'agent-unreachable',
      { reason: 'context deadline exceeded' },
    ],
    [
      `eu-west-1: Failed fetching secret shop/db: AccessDeniedException: User: ${role} is not authorized to perform: secretsmanager:GetSecretValue on resource: shop/db because no identity-based policy allows the secretsmanager:GetSecretValue action`,
      'permission',
      'read-denied',
      {
        principal: role,
        action: 'secretsmanager:GetSecretValue',
        resource: 'shop/db',
        why: ' because no identity-based policy allows the secretsmanager:GetSecretValue action',
      },
    ],
    [
      `User: ${role} is not authorized to perform: ssm:GetParameters on resource: arn:aws:ssm:eu-west-1:111122223333:parameter/a with an explicit deny in a service control policy`,
      'permission',
      'read-denied',
      {
        principal: role,
        action: 'ssm:GetParameters',
        resource: 'arn:aws:ssm:eu-west-1:111122223333:parameter/a',
        why: ' with an explicit deny in a service control policy',
      },
    ],
    [
      `AccessDeniedException: User: ${role} is not authorized to perform: secretsmanager:DescribeSecret on resource: ${secret} because no resource-based policy allows the secretsmanager:DescribeSecret action`,
      'permission',
      'describe-not-shared',
      { principal: role, action: 'secretsmanager:DescribeSecret', resource: secret },
    ],
    [
      `User: ${role} is not authorized to perform: secretsmanager:DescribeSecret on resource: ${secret} because no identity-based policy allows the action`,
      'permission',
      'describe-denied',
      {
        principal: role,
        action: 'secretsmanager:DescribeSecret',
        resource: secret,
        why: ' because no identity-based policy allows the action',
      },
    ],
    [
      provided('Failed to fetch secret from all regions. Verify secret exists and required permissions are granted for: MySecret'),
      'permission',
      'no-region-answered',
      { secret: 'MySecret' },
    ],
    [
      "us-west-2: Failed fetching secret X: operation error Secrets Manager: GetSecretValue, https response error StatusCode: 400, ResourceNotFoundException: Secrets Manager can't find the specified secret.",
      'secret',
      'secret-missing',
      { region: 'us-west-2', secret: 'X' },
    ],
    ["ResourceNotFoundException: Secrets Manager can't find the specified secret.", 'secret', 'secret-missing', {}],
    [
      "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
      'secret',
      'version-missing',
      { version: 'staging label: AWSCURRENT' },
    ],
    ['AccessDeniedException: Access to KMS is not allowed', 'key', 'key-closed', {}],
    ['Access to KMS is not allowed. This version of secret is not encrypted with the current KMS key.', 'key', 'version-of-other-key', {}],
    [
      "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
      'key',
      'default-key-across-accounts',
      {},
    ],
    ['ValidationException: The following parameters have errors: Failed due to Invalid KeyId', 'key', 'key-invalid', {}],
    [
      "InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion.",
      'secret',
      'secret-deleted',
      {},
    ],
    [provided('eu-west-1: invalid parameters: /a, /b:3'), 'secret', 'parameter-missing', { region: 'eu-west-1', parameters: '/a, /b:3' }],
    [provided('Failed to fetch parameters from all regions.'), 'permission', 'no-region-answered-for-parameters', {}],
    [provided('failed to retrieve region from node. error Region not found'), 'class', 'region-not-found', { reason: 'Region not found' }],
    [
      'eu-west-1: Failed fetching secret a: operation error Secrets Manager: GetSecretValue, exceeded maximum number of attempts, 3, dial tcp 10.0.0.1:443: i/o timeout',
      'network',
      'address-unreachable',
      {},
    ],
    ['Post "https://sts.amazonaws.com/": dial tcp 54.1.2.3:443: i/o timeout', 'network', 'address-unreachable', { service: 'sts' }],
    ['eu-west-1: Failed fetching secret a: ThrottlingException: Rate exceeded', 'rotation', 'throttled', {}],
    ['Must use objectType when a full ARN is not specified: db', 'class', 'object-type-missing', { object: 'db' }],
    ['Invalid objectType: ssm', 'class', 'object-type-unknown', { type: 'ssm' }],
    [`objectType does not match ARN: ${secret}`, 'class', 'object-type-differs', { object: secret }],
    ['Invalid service in ARN: s3', 'class', 'object-service-unknown', { service: 's3' }],
    ['Invalid ARN format in object name: arn:aws', 'class', 'object-arn-malformed', { object: 'arn:aws' }],
    [`ARN region must match region us-east-1: ${secret}`, 'class', 'object-region-differs', { region: 'us-east-1', object: secret }],
    ['Object name must be specified', 'class', 'object-name-missing', {}],
    [
      'found descriptor with duplicate object name db, no object alias, and no version label',
      'class',
      'object-name-twice',
      { object: 'db' },
    ],
    ['found duplicate object alias a', 'class', 'alias-twice', { alias: 'a' }],
    [
      'Name already in use for objectAlias: found duplicate object alias a in JMES path entry p',
      'class',
      'value-alias-taken',
      { alias: 'a' },
    ],
    ['path can not contain ../: ../x', 'class', 'path-leads-up', { object: '../x' }],
    ['Invalid File Permission: 0900', 'class', 'file-permission-invalid', { permission: '0900' }],
    ['Path must be specified for JMES object', 'class', 'value-path-missing', {}],
    ['Object alias must be specified for JMES object', 'class', 'value-alias-missing', {}],
    ['ssm parameters can not specify both objectVersion and objectVersionLabel: p', 'class', 'versions-and-label', { object: 'p' }],
    ['eu-west-1: failover region cannot be the same as the primary region', 'class', 'failover-region-same', { region: 'eu-west-1' }],
    ['failover object allowed only when failover region is defined: db', 'class', 'failover-region-missing', { object: 'db' }],
    ['object alias must be specified for objects with failover entries: db', 'class', 'failover-alias-missing', { object: 'db' }],
    ['object versions must match between primary and failover regions: db', 'class', 'failover-versions-differ', { object: 'db' }],
    ["pathTranslation must be either 'False' or a single character string", 'class', 'translation-invalid', {}],
    [
      'failed to parse usePodIdentity value, error: strconv.ParseBool: parsing "yes": invalid syntax',
      'class',
      'pod-identity-flag-invalid',
      {},
    ],
    ['Empty descriptor entry in SecretProviderClass', 'class', 'object-empty', {}],
    [
      'Failed to load SecretProviderClass: error converting YAML to JSON: yaml: line 2: found a tab',
      'class',
      'objects-unreadable',
      { reason: 'error converting YAML to JSON: yaml: line 2: found a tab' },
    ],
    ['Invalid JMES search result type for path:port. Only string is allowed.', 'files', 'value-not-text', { path: 'port' }],
    [
      'Invalid JMES search result type for path:to_number(a.b).Only string is allowed.',
      'files',
      'value-not-text',
      { path: 'to_number(a.b)' },
    ],
    ['Invalid JMES Path: x-y.', 'files', 'value-path-invalid', { path: 'x-y.' }],
    ['JMES Path - foo for object alias - bar does not point to a valid object.', 'files', 'value-not-found', { path: 'foo', alias: 'bar' }],
    ['Invalid JSON used with jmesPath in secret: X.', 'files', 'secret-not-json', { object: 'X.' }],
    ['createtemp a/b: pattern contains path separator', 'files', 'file-name-has-slash', {}],
    ['Max number of region(s) exceeded: a, b, c', 'class', 'regions-too-many', {}],
    ['Error: secret "db" not found', 'synced-secret', 'secret-not-made', { target: 'db' }],
    [
      'The secret operation failed with forbidden error. If you installed the CSI driver using helm, ensure syncSecret.enabled=true is set.',
      'synced-secret',
      'sync-forbidden',
      {},
    ],
    [
      'failed to get data in spc shop/api for secret db, err: file matching objectName MySecret not found in the pod',
      'synced-secret',
      'synced-file-missing',
      { object: 'MySecret' },
    ],
    [
      'failed to validate secret object in spc shop/api, err: secret type is empty',
      'synced-secret',
      'synced-secret-incomplete',
      { class: 'shop/api', reason: 'secret type is empty' },
    ],
    [
      "failed to get cert data from file /a, err: key 'x' is not supported. Only 'tls.key' and 'tls.crt' are supported",
      'synced-secret',
      'synced-certificate-invalid',
      {},
    ],
    [
      'failed to get data in spc shop/api for secret db, err: key in secretObjects.data is empty',
      'synced-secret',
      'synced-data-incomplete',
      {},
    ],
    [
      'client rate limiter Wait returned an error: rate: Wait(n=1) would exceed context deadline',
      'provider',
      'api-server-rate',
      { waits: '1' },
    ],
    [
      'Pod not supported on Fargate: volumes not supported: s is of an unsupported volume Type',
      'compute',
      'fargate-has-no-drivers',
      { volume: 's' },
    ],
    [
      'rpc error: code = ResourceExhausted desc = grpc: received message larger than max (5000000 vs. 4194304)',
      'files',
      'message-too-large',
      { size: '5000000', limit: '4194304' },
    ],
    [
      'failed to get service account shop/reader: serviceaccounts "reader" is forbidden',
      'provider',
      'service-account-unreadable',
      { namespace: 'shop', serviceAccount: 'reader' },
    ],
    [
      'serviceaccounts "reader" is forbidden: User "system:serviceaccount:aws-secrets:csi-secrets-store-provider-aws" cannot get resource "serviceaccounts"',
      'provider',
      'provider-forbidden',
      { resource: 'serviceaccounts', name: 'reader', namespace: 'aws-secrets', serviceAccount: 'csi-secrets-store-provider-aws' },
    ],
    ['provider not set in shop/api', 'class', 'provider-not-named', { what: 'provider', class: 'shop/api' }],
    [
      'invalid path: must be less than or equal to 4096 characters',
      'files',
      'file-name-invalid',
      { reason: 'must be less than or equal to 4096 characters' },
    ],
    ['missing object versions', 'class', 'provider-answer-incomplete', {}],
    [
      'provider mount err: rpc error: code = Unknown desc = x',
      'rotation',
      'mount-rotation-failed',
      { reason: 'rpc error: code = Unknown desc = x' },
    ],
    ['failed to patch secret db with new data, err: conflict', 'synced-secret', 'secret-rotation-failed', { secret: 'db' }],
  ])('%s', (text, link, id, parameters) => expect(seen(text)).toEqual([link, id, parameters]))

  it('tells its cause with what the text says', () => {
    const found = recognise(symptoms, provided('An IAM role must be associated with service account reader (namespace: shop)'))
    expect(found === undefined ? '' : causeText(found)).toContain('Service account shop/reader has no')
    const without = recognise(symptoms, "Secrets Manager can't find the specified secret.")
    expect(without === undefined ? '' : causeText(without)).toContain('secret … in …')
  })
})

describe('what only looks like it', () => {
  it.each([
    'MountVolume.SetUp failed for volume "s" : kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name efs.csi.aws.com not found in the list of registered CSI drivers',
    '0/1 nodes are available: persistentvolumeclaim "data" not found. not found',
    'secrets "db" not found',
    'User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: secretsmanager:PutSecretValue on resource: x',
    'User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: s3:GetObject on resource: x because no identity-based policy allows the s3:GetObject action',
    'configmap "provider" not found',
    'dial tcp 10.0.0.1:5432: i/o timeout',
    'Rate exceeded',
    'pods "x" is forbidden: User "system:serviceaccount:a:b" cannot list resource "pods"',
    'connection refused',
    '',
  ])('%s is not known', text => expect(seen(text)).toBeUndefined())
})

describe('a pattern', () => {
  it.each(symptoms.symptoms.map(symptom => [symptom.id, symptom] as const))('%s takes linear time on long text', (_, { pattern }) => {
    const [start = ''] = /^[\w :"'-]{3,40}/.exec(pattern.source.replaceAll(/\\[/"]|\(\?(?:<\w+>|:)/g, '')) ?? ['aa-']
    for (const piece of [
      start,
      'User: arn:aws:sts::1:a is not authorized to perform: ',
      'aa-bb-',
      'Failed fetching secret ',
      'https://sts.',
      '" ',
      'a',
    ]) {
      const time = (length: number) => {
        const text = piece.repeat(Math.ceil(length / piece.length))
        const before = performance.now()
        pattern.exec(text)
        return performance.now() - before
      }
      time(10_000)
      expect(time(200_000), `${piece} again and again`).toBeLessThan(1500)
    }
  })
  it('is named once, says its source and its cause', () => {
    expect(new Set(symptoms.symptoms.map(({ id }) => id)).size).toBe(symptoms.symptoms.length)
    for (const { id, cause, source, pattern } of symptoms.symptoms) {
      expect(URL.canParse(source), id).toBe(true)
      expect(cause, id).toMatch(/\.$/)
      const names = new Set([...pattern.source.matchAll(/\(\?<(\w+)>/g)].map(([, name]) => name))
      for (const [, name] of cause.matchAll(/\{(\w+)\}/g)) expect(names, id).toContain(name)
    }
  })
})
