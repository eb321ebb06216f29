import type { Evidence } from '#model/resource.ts'
import type { ExternalSecret } from './external-secrets.ts'
import type { SecretStore } from './secret-stores.ts'

type Conditions = NonNullable<NonNullable<ExternalSecret['body']['status']>['conditions']>

export type Said = Conditions[number] & { readonly index: number }

/** What the operator says of whether it is ready; undefined: it has not said. */
export function readyOf({ body }: ExternalSecret | SecretStore): Said | undefined {
  const conditions: Conditions = body.status?.conditions ?? []
  const index = conditions.findIndex(({ type }) => type === 'Ready')
  const found = conditions[index]
  return found === undefined ? undefined : { ...found, index }
}

/** Where it says so. */
export const saidEvidence = (
  resource: ExternalSecret | SecretStore,
  { index }: Said,
  field: 'status' | 'reason' | 'message',
  label: string,
): Evidence => resource.at(['status', 'conditions', index, field], label)
