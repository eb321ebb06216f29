import type { AwsKind, Kinds } from '#model/kinds.ts'
import { awsKinds } from '#model/kinds.ts'
import { Resource, type Scope } from '#model/resource.ts'
import { objectOrigin } from '#sources/kubernetes/origin.ts'
import { wire } from './body.ts'

/** The resource that an answer describes. `call` is the operation and what it says it about: `iam:GetRole s3-reader`. */
export function awsResource(kind: AwsKind, scope: Scope, answer: object, call: string): Resource {
  // The SDK has read the answer by its own model of the API.
  const body = wire(answer) as Kinds[AwsKind]
  const id = (awsKinds[kind].id as (body: Kinds[AwsKind]) => string)(body)
  return new Resource(kind, id, scope, body, objectOrigin(call, body))
}
