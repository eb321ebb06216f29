export type Labels = Readonly<Record<string, string>>

/** A label selector as any kind carries it; what is not of the form it should have makes it invalid, not empty. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[]
}

type Operator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'

export interface Requirement {
  readonly key: string
  readonly operator: Operator
  readonly values: readonly string[]
}

/** All requirements hold of what is selected; none selects everything. Equal selectors have equal texts. */
export interface Selector {
  readonly text: string
  readonly requirements: readonly Requirement[]
}

export type ReadSelector = { readonly selector: Selector } | { readonly problem: string }

const operators = new Set<unknown>(['In', 'NotIn', 'Exists', 'DoesNotExist'] satisfies Operator[])

/**
 * Reads a selector as metav1.LabelSelectorAsSelector does: `In` and `NotIn` need values, `Exists` and `DoesNotExist` forbid them.
 * https://github.com/kubernetes/apimachinery/blob/master/pkg/apis/meta/v1/helpers.go
 */
export function readSelector(written: unknown): ReadSelector {
  if (!isRecord(written)) return { problem: 'the selector is not a mapping' }
  const { matchLabels = {}, matchExpressions = [] } = written
  if (!isRecord(matchLabels ?? {})) return { problem: 'matchLabels is not a mapping' }
  if (!Array.isArray(matchExpressions ?? [])) return { problem: 'matchExpressions is not a list' }
  const requirements: Requirement[] = []
  for (const [key, value] of Object.entries(matchLabels ?? {})) {
    if (typeof value !== 'string') return { problem: `matchLabels.${key} is not a string` }
    requirements.push({ key, operator: 'In', values: [value] })
  }
  for (const expression of (matchExpressions as unknown[] | null) ?? []) {
    const read = readExpression(expression)
    if (typeof read === 'string') return { problem: read }
    requirements.push(read)
  }
  requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.operator < b.operator ? -1 : a.operator > b.operator ? 1 : 0))
  return { selector: { text: JSON.stringify(requirements), requirements } }
}

function readExpression(expression: unknown): Requirement | string {
  if (!isRecord(expression)) return 'an expression is not a mapping'
  const { key, operator, values } = expression
  if (typeof key !== 'string' || key === '') return 'an expression has no key'
  if (!operators.has(operator))
    return `operator ${JSON.stringify(operator) ?? 'missing'} of ${key} is not In, NotIn, Exists or DoesNotExist`
  const listed: readonly unknown[] = Array.isArray(values) ? values : []
  const texts = listed.filter(value => typeof value === 'string')
  if (texts.length !== listed.length) return `values of ${key} are not all strings`
  const needsValues = operator === 'In' || operator === 'NotIn'
  if (needsValues && texts.length === 0) return `operator ${String(operator)} of ${key} has no values`
  if (!needsValues && texts.length > 0) return `operator ${String(operator)} of ${key} takes no values`
  return { key, operator: operator as Operator, values: [...new Set(texts)].sort() }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Everything. */
export const everything: Selector = { text: '[]', requirements: [] }

/** Whether labels satisfy a selector. `NotIn` and `DoesNotExist` hold of labels that lack the key. */
export const selects = (selector: Selector, labels: Labels): boolean =>
  selector.requirements.every(requirement =>
    holds(requirement, Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined),
  )

export function holds({ operator, values }: Requirement, value: string | undefined): boolean {
  if (operator === 'Exists') return value !== undefined
  if (operator === 'DoesNotExist') return value === undefined
  return (value !== undefined && values.includes(value)) === (operator === 'In')
}
