import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  DeleteOpenIDConnectProviderCommand,
  GetOpenIDConnectProviderCommand,
  IAMClient,
  ListRolesCommand,
} from '@aws-sdk/client-iam'
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks'
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startFaults } from './faults.ts'
import { policyText } from './iam-principal.ts'
import { CommandFailed } from './process/run.ts'
import { describeLab } from './shared-lab.ts'
import { claimsOf } from './tokens.ts'

const otherAccount = '444455556666'

describeLab('the lab', lab => {
  const issuerKey = lab.issuer.replace('https://', '')
  const providerArn = (account: string) => `arn:aws:iam::${account}:oidc-provider/${issuerKey}`
  const iam = new IAMClient(lab.aws())

  async function makeRole(name: string, subject: string, account = lab.accountId): Promise<string> {
    const client = new IAMClient(lab.aws({ accessKeyId: account, secretAccessKey: 'root' }))
    const trust = policyText([
      {
        Effect: 'Allow',
        Principal: { Federated: providerArn(account) },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { StringEquals: { [`${issuerKey}:sub`]: subject, [`${issuerKey}:aud`]: 'sts.amazonaws.com' } },
      },
    ])
    const { Role: role } = await client.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust }))
    return role?.Arn as string
  }

  const assume = (roleArn: string, token: string, seconds?: number) => {
    const input = { RoleArn: roleArn, RoleSessionName: 'lab-test', WebIdentityToken: token, DurationSeconds: seconds }
    return new STSClient(lab.aws()).send(new AssumeRoleWithWebIdentityCommand(input))
  }

  beforeAll(async () => {
    await lab.kubectl('create', 'namespace', 'lab-test')
    await lab.kubectl('create', 'serviceaccount', 'reader', '--namespace', 'lab-test')
    await lab.kubectl('create', 'serviceaccount', 'stranger', '--namespace', 'lab-test')
    await iam.send(new CreateOpenIDConnectProviderCommand({ Url: lab.issuer, ClientIDList: ['sts.amazonaws.com', 'other.example'] }))
  })
  afterAll(
    async () => void (await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: providerArn(lab.accountId) }))),
  )

  test('the API server runs the version the lab names, and EKS describes that cluster', async () => {
    expect(JSON.parse(await lab.kubectl('get', '--raw', '/version'))).toMatchObject({ gitVersion: 'v1.37.2' })
    const { cluster } = await new EKSClient(lab.aws()).send(new DescribeClusterCommand({ name: lab.clusterName }))
    expect(cluster).toMatchObject({ endpoint: lab.apiServer, identity: { oidc: { issuer: lab.issuer } } })
  })

  test('IAM names a provider without its scheme', async () => {
    const command = new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: providerArn(lab.accountId) })
    expect(await iam.send(command)).toMatchObject({
      Url: issuerKey,
      ClientIDList: ['sts.amazonaws.com', 'other.example'],
    })
  })

  test('tokens are what EKS mints', async () => {
    expect(lab.issuer).toMatch(/^https:\/\/oidc\.eks\.eu-west-1\.amazonaws\.com\/id\/[0-9A-F]{32}$/)
    expect(claimsOf(await lab.mintToken('lab-test', 'reader'))).toMatchObject({
      iss: lab.issuer,
      sub: 'system:serviceaccount:lab-test:reader',
      aud: ['sts.amazonaws.com'],
    })
  })

  test('STS gives credentials to the subject that the role trusts', async () => {
    const role = await makeRole('trusting', 'system:serviceaccount:lab-test:reader')
    const session = await assume(role, await lab.mintToken('lab-test', 'reader'))
    expect(session).toMatchObject({
      SubjectFromWebIdentityToken: 'system:serviceaccount:lab-test:reader',
      Audience: 'sts.amazonaws.com',
      Provider: providerArn(lab.accountId),
    })
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = session.Credentials ?? {}
    const asRole = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
    const caller = await new STSClient(lab.aws(asRole)).send(new GetCallerIdentityCommand({}))
    expect(caller.Arn).toBe(`arn:aws:sts::${lab.accountId}:assumed-role/trusting/lab-test`)
  })

  test('STS refuses with its own codes and texts', async () => {
    const role = await makeRole('refusing', 'system:serviceaccount:lab-test:reader')
    const token = await lab.mintToken('lab-test', 'reader')
    const notAuthorized = 'Not authorized to perform sts:AssumeRoleWithWebIdentity'
    const second = Math.floor(Date.now() / 1000)
    const refusals = [
      ['another subject', role, await lab.mintToken('lab-test', 'stranger'), 'AccessDenied', notAuthorized],
      [
        'a listed audience the role does not trust',
        role,
        await lab.mintToken('lab-test', 'reader', 'other.example'),
        'AccessDenied',
        notAuthorized,
      ],
      ['no such role', `${role}-absent`, token, 'AccessDenied', notAuthorized],
      [
        'an audience that is no client id',
        role,
        await lab.mintToken('lab-test', 'reader', 'sts.amazon.com'),
        'InvalidIdentityToken',
        'Incorrect token audience',
      ],
      [
        "no provider in the role's account",
        await makeRole('elsewhere', 'system:serviceaccount:lab-test:reader', otherAccount),
        token,
        'InvalidIdentityToken',
        `No OpenIDConnect provider found in your account for ${lab.issuer}`,
      ],
      [
        "a stranger's signature",
        role,
        await lab.forgeToken(token, { key: 'stranger' }),
        'InvalidIdentityToken',
        'The web identity token that was passed could not be validated by AWS',
      ],
      [
        'an unknown key',
        role,
        await lab.forgeToken(token, { header: { kid: 'unknown' } }),
        'InvalidIdentityToken',
        expect.stringContaining("Couldn't retrieve verification key from your identity provider"),
      ],
      [
        'an expired token',
        role,
        await lab.forgeToken(token, { claims: { exp: second - 60 } }),
        'ExpiredTokenException',
        expect.stringContaining(`must be before the expiration date/time ${second - 60}`),
      ],
      ['no token', role, 'not-a-token', 'InvalidIdentityToken', expect.stringContaining('not a valid JWT')],
      ['a malformed ARN', 'arn:aws:iam::111122223333:user/refusing', token, 'ValidationError', 'Request ARN is invalid'],
    ] as const
    for (const [what, arn, presented, name, message] of refusals) {
      await expect(assume(arn, presented), what).rejects.toMatchObject({ Code: name, message })
    }
    await expect(assume(role, token, 7200)).rejects.toMatchObject({
      Code: 'ValidationError',
      message: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    })
  })

  test('IAM lets a principal do what its policy says and nothing else', async () => {
    const powerless = await lab.iamUser()
    const reader = await lab.iamUser([{ Effect: 'Allow', Action: 'iam:ListRoles', Resource: '*' }])
    const session = await lab.iamRole([{ Effect: 'Allow', Action: 'iam:ListRoles', Resource: '*' }])
    const listRoles = (credentials: Parameters<typeof lab.aws>[0]) => new IAMClient(lab.aws(credentials)).send(new ListRolesCommand({}))
    await expect(listRoles(powerless.credentials)).rejects.toMatchObject({
      Code: 'AccessDenied',
      message: expect.stringContaining(`${powerless.arn} is not authorized to perform: iam:ListRoles`),
    })
    await expect(listRoles(reader.credentials)).resolves.toMatchObject({ Roles: expect.any(Array) })
    await expect(listRoles(session.credentials)).resolves.toMatchObject({ Roles: expect.any(Array) })
    const forged = { ...reader.credentials, secretAccessKey: 'wrong' }
    await expect(listRoles(forged)).rejects.toMatchObject({ Code: 'SignatureDoesNotMatch' })
  })

  test('a powerless user of the cluster is refused until a binding lets it read', async () => {
    const as = (user: string, ...args: string[]) => lab.kubeconfigFor(user).then(config => lab.kubectl('--kubeconfig', config, ...args))
    await expect(as('user-30', 'get', 'pods', '--namespace', 'lab-test')).rejects.toThrow(/Forbidden.*user-30.*cannot list/)
    await lab.kubectl('create', 'rolebinding', 'viewer', '--clusterrole=view', '--user=user-30', '--namespace=lab-test')
    expect(await as('user-30', 'get', 'pods', '--namespace', 'lab-test', '--output=name')).toBe('')
    await expect(as('user-30', 'get', 'secrets', '--namespace', 'lab-test')).rejects.toBeInstanceOf(CommandFailed)
  })

  test('the fault proxy answers as the SDK expects of AWS', async () => {
    const faults = await startFaults(lab)
    try {
      const client = new IAMClient({ ...lab.aws(), endpoint: faults.endpoint, maxAttempts: 1 })
      const user = await lab.iamUser([{ Effect: 'Allow', Action: 'iam:ListRoles', Resource: '*' }])
      const signed = new IAMClient({ ...lab.aws(user.credentials), endpoint: faults.endpoint, maxAttempts: 1 })
      await expect(signed.send(new ListRolesCommand({}))).resolves.toMatchObject({ Roles: expect.any(Array) })
      await faults.rules([{ service: 'iam', operation: 'ListRoles', error: { code: 'Throttling' } }])
      await expect(client.send(new ListRolesCommand({}))).rejects.toMatchObject({ name: 'Throttling' })
      expect(await faults.fired()).toMatchObject([{ service: 'iam', operation: 'ListRoles' }])
    } finally {
      await faults.stop()
    }
  })
})
