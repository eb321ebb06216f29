import { items, strings, type LabelSelector } from './documents.ts'

type Labels = Readonly<Record<string, string>>

/**
 * Whether labels satisfy a selector; an empty one selects everything. A selector that the API server would refuse selects nothing.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
 */
export function selects(selector: LabelSelector, labels: Labels): boolean {
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labelOf(labels, key) === value)
  return equal && items(selector.matchExpressions).every(expression => expression !== undefined && holds(expression, labels))
}

const labelOf = (labels: Labels, key: string): string | undefined => (Object.hasOwn(labels, key) ? labels[key] : undefined)

function holds(expression: NonNullable<LabelSelector['matchExpressions']>[number], labels: Labels): boolean {
  const value = labelOf(labels, expression.key)
  const values = strings(expression.values)
  switch (expression.operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return values.length > 0 && (value === undefined || !values.includes(value))
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      return false
  }
}
