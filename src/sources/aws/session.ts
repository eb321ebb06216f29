import type { STSClient, STSClientConfig } from '@aws-sdk/client-sts'
import { UserError } from '#base/errors.ts'
import { ask, type Outcome } from './ask.ts'
import { credentialsError } from './credentials-error.ts'
import { retryBudget, type RetryStrategy } from './retry-budget.ts'

type Credentials = NonNullable<STSClientConfig['credentials']>

/** What every client of one account is made with. */
interface ClientOptions {
  readonly region: string
  readonly credentials: Credentials
  readonly retryStrategy: RetryStrategy
  readonly requestHandler: { readonly connectionTimeout: number; readonly requestTimeout: number; readonly throwOnRequestTimeout: boolean }
}

/** One account, as one identity sees it. */
export interface Session {
  readonly account: string
  readonly partition: string
  readonly region: string
  readonly clientOptions: ClientOptions
  readonly signal: AbortSignal
  /** Makes the call, counts it as progress, and says what became of it. */
  ask<T>(service: string, operation: string, send: (options: { readonly abortSignal: AbortSignal }) => Promise<T>): Promise<Outcome<T>>
}

export interface SessionOptions {
  readonly profile?: string
  readonly region?: string
  readonly signal: AbortSignal
  /** How long the calls of one account may wait for retries, all together, milliseconds. */
  readonly retryBudget: number
  readonly onCall: (account: string) => void
}

/**
 * The identity that the SDK's default chain finds: environment, profile, SSO, web identity, container, instance.
 * @throws UserError when there is no region, no endpoint that answers, or no credentials that AWS accepts.
 */
export async function ownSession(options: SessionOptions): Promise<Outcome<Session>> {
  const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers')
  const region = options.region ?? (await defaultRegion(options.profile))
  // Whoever names a profile needs no warning that the environment holds credentials, too.
  const profile = options.profile === undefined ? {} : { profile: options.profile, logger: silent }
  const chain = fromNodeProviderChain({ ...profile, clientConfig: { region } })
  const credentials: Credentials = async identity => {
    try {
      return await chain(identity)
    } catch (error) {
      throw (error instanceof Error ? credentialsError(error, options.profile) : undefined) ?? error
    }
  }
  return identified(region, credentials, options, networkFailureIsFinal)
}

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** The same reads in another account, as this role. */
export async function assumedSession(from: Session, roleArn: string, options: SessionOptions): Promise<Outcome<Session>> {
  const { AssumeRoleCommand, STSClient } = await import('@aws-sdk/client-sts')
  const sts: STSClient = new STSClient(from.clientOptions)
  const input = { RoleArn: roleArn, RoleSessionName: 'mortise' }
  const assumed = await from.ask('sts', 'AssumeRole', request => sts.send(new AssumeRoleCommand(input), request))
  if (assumed.is !== 'ok') return assumed
  const { AccessKeyId, SecretAccessKey, SessionToken } = assumed.value.Credentials ?? {}
  if (AccessKeyId === undefined || SecretAccessKey === undefined || SessionToken === undefined) {
    return { is: 'failed', reason: 'sts:AssumeRole gave no credentials' }
  }
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
  return identified(from.region, credentials, options)
}

async function identified(
  region: string,
  credentials: Credentials,
  { signal, retryBudget: milliseconds, onCall, profile }: SessionOptions,
  onFailure: (failed: Outcome<never>) => void = () => undefined,
): Promise<Outcome<Session>> {
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts')
  const clientOptions: ClientOptions = {
    region,
    credentials,
    retryStrategy: retryBudget({ milliseconds, signal }),
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
  }
  const sts: STSClient = new STSClient(clientOptions)
  const send = () => sts.send(new GetCallerIdentityCommand({}), { abortSignal: signal })
  const identity = await ask({ service: 'sts', operation: 'GetCallerIdentity', send, profile }, signal)
  if (identity.is !== 'ok') return (onFailure(identity), identity)
  const { Account: account, Arn: arn = '' } = identity.value
  if (account === undefined) return { is: 'failed', reason: 'sts:GetCallerIdentity names no account' }
  const session = { account, partition: arn.split(':')[1] ?? 'aws', region, clientOptions, signal }
  return {
    is: 'ok',
    value: {
      ...session,
      ask: async (service, operation, send) => {
        const outcome = await ask({ service, operation, send: () => send({ abortSignal: signal }), profile }, signal)
        onCall(account)
        return outcome
      },
    },
  }
}

/** The very first call does not get through: the network, a proxy or an endpoint setting is wrong, and nothing can be read. */
function networkFailureIsFinal(failed: Outcome<never>): void {
  if (failed.is !== 'failed' || !failed.reason.includes('cannot be reached')) return
  throw new UserError('AWS_UNREACHABLE', `AWS cannot be reached: ${failed.reason}`, {
    help: 'check the region, AWS_ENDPOINT_URL, and whether this machine needs a proxy or a VPC endpoint',
  })
}

/** As the AWS CLI chooses it, which reads AWS_DEFAULT_REGION, too: the SDK for JavaScript knows only AWS_REGION and the profile's. */
async function defaultRegion(profile: string | undefined): Promise<string> {
  const named = process.env['AWS_REGION'] || process.env['AWS_DEFAULT_REGION']
  if (named !== undefined && named !== '') return named
  const { STSClient } = await import('@aws-sdk/client-sts')
  try {
    return await new STSClient(profile === undefined ? {} : { profile }).config.region()
  } catch (error) {
    throw new UserError('AWS_REGION_MISSING', 'no AWS region is chosen', {
      help: `pass --region, set AWS_REGION, or give profile ${profile ?? process.env['AWS_PROFILE'] ?? 'default'} a region`,
      cause: error,
    })
  }
}
