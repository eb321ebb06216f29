import type { Kinds } from '#model/kinds.ts'

type Webhook = NonNullable<Kinds['k8s/MutatingWebhookConfiguration']['webhooks']>[number]
export type LabelSelector = NonNullable<Webhook['objectSelector']>
export type Labels = Readonly<Record<string, string>>

/** One requirement of a selector, where it stands inside it, and the label that it is about. */
export interface Requirement {
  readonly path: readonly (string | number)[]
  readonly key: string
  holds(labels: Labels): boolean
}

/** The requirements of a selector; all must hold, and none always do. https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/ */
export function requirementsOf(selector: LabelSelector | undefined): readonly Requirement[] {
  const equals = Object.entries(selector?.matchLabels ?? {}).map(([key, value]): Requirement => ({
    path: ['matchLabels', key],
    key,
    holds: labels => labels[key] === value,
  }))
  const expressions = (selector?.matchExpressions ?? []).map(({ key, operator, values = [] }, index): Requirement => ({
    path: ['matchExpressions', index],
    key,
    holds: labels => holds(operator, labels[key], values),
  }))
  return [...equals, ...expressions]
}

/** Whether a requirement holds of a label's value; undefined: the label is not there. */
export function holds(operator: string, value: string | undefined, values: readonly string[]): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      // The API server refuses any other.
      return false
  }
}
