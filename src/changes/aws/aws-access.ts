import type { IAMClientConfig } from '@aws-sdk/client-iam'
import { RemoteError, UserError } from '#base/errors.ts'

/** The account that is written to, and what clients of it are made with. */
export interface AwsAccess {
  readonly account: string
  readonly partition: string
  readonly region: string
  readonly clientOptions: Pick<IAMClientConfig, 'credentials' | 'region' | 'retryStrategy' | 'requestHandler'>
}

/** Codes by which services say that there is nothing of that name. */
const missing = new Set([
  'InvalidGroup.NotFound',
  'InvalidInstanceID.NotFound',
  'InvalidVpcEndpointId.NotFound',
  'NoSuchBucketPolicy',
  'NoSuchEntity',
  'NoSuchEntityException',
  'NotFoundException',
  'ResourceNotFoundException',
])
/** Codes by which they say that it changed, or exists. */
const conflicts = new Set([
  'EntityAlreadyExists',
  'EntityAlreadyExistsException',
  'InvalidGroup.Duplicate',
  'InvalidPermission.Duplicate',
  'InvalidPermission.NotFound',
  'ResourceInUseException',
  'ConcurrentModification',
  'ConcurrentModificationException',
])

/** One call. @throws RemoteError, final unless AWS says that it may be tried again, and UserError `CHANGE_CONFLICT` */
export async function call<T>(service: string, operation: string, send: () => Promise<T>): Promise<T> {
  try {
    return await send()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    if (conflicts.has(error.name)) {
      throw new UserError('CHANGE_CONFLICT', `${service}:${operation}: ${error.message}`, { help: 'plan again', cause: error })
    }
    throw remote(service, operation, error)
  }
}

/** The answer of a read; undefined when there is nothing of that name. */
export async function found<T>(service: string, operation: string, send: () => Promise<T>): Promise<T | undefined> {
  try {
    return await send()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    if (missing.has(error.name)) return undefined
    throw remote(service, operation, error)
  }
}

function remote(service: string, operation: string, error: Error): Error {
  const { $metadata, $retryable } = error as { readonly $metadata?: { readonly httpStatusCode?: number }; readonly $retryable?: object }
  // Anything without an answer of AWS is our own mistake, or the network's.
  if ($metadata === undefined && !('code' in error)) return error
  return new RemoteError(`${service}:${operation}: ${error.message}`, {
    service,
    operation,
    ...($metadata?.httpStatusCode === undefined ? {} : { status: $metadata.httpStatusCode }),
    code: error.name,
    retryable: $retryable !== undefined,
    cause: error,
  })
}

export const lastOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1)

export { ownerTag } from '#model/owner.ts'
