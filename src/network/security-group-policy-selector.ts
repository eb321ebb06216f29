/** A label selector as Kubernetes objects hold it. Members that a manifest leaves empty are null. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>> | null | undefined
  readonly matchExpressions?: readonly Expression[] | null | undefined
}

interface Expression {
  readonly key: string
  readonly operator: string
  readonly values?: readonly string[] | null | undefined
}

export type Labels = Readonly<Record<string, string>>

/** What a selector says of labels, or why Kubernetes' own parser refuses it: then it selects nothing. */
export type CompiledSelector =
  | { readonly matches: (labels: Labels) => boolean }
  | { readonly invalid: string; readonly path: readonly (string | number)[] }

/**
 * As `LabelSelectorAsSelector` of k8s.io/apimachinery does it: an empty selector matches everything, and one bad requirement spoils all.
 * A controller compiles selectors of custom resources itself, because no schema keeps bad ones out.
 */
export function compileSelector(selector: LabelSelector): CompiledSelector {
  const tests: ((labels: Labels) => boolean)[] = []
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    const invalid = keyProblem(key) ?? valueProblem(value)
    if (invalid !== undefined) return { invalid, path: ['matchLabels', key] }
    tests.push(labels => own(labels, key) === value)
  }
  for (const [index, expression] of (selector.matchExpressions ?? []).entries()) {
    const invalid = expressionProblem(expression)
    if (invalid !== undefined) return { invalid, path: ['matchExpressions', index] }
    tests.push(requirement(expression))
  }
  return { matches: labels => tests.every(test => test(labels)) }
}

const own = (labels: Labels, key: string) => (Object.hasOwn(labels, key) ? labels[key] : undefined)

function requirement({ key, operator, values }: Expression): (labels: Labels) => boolean {
  const among = new Set(values ?? [])
  switch (operator) {
    case 'In':
      return labels => among.has(own(labels, key) ?? '') && Object.hasOwn(labels, key)
    case 'NotIn':
      return labels => !Object.hasOwn(labels, key) || !among.has(own(labels, key) ?? '')
    case 'Exists':
      return labels => Object.hasOwn(labels, key)
    default:
      return labels => !Object.hasOwn(labels, key)
  }
}

function expressionProblem({ key, operator, values }: Expression): string | undefined {
  const count = values?.length ?? 0
  if (!operators.has(operator)) return `${JSON.stringify(operator)} is no operator of label selectors`
  if ((operator === 'In' || operator === 'NotIn') && count === 0) return `${operator} needs values`
  if ((operator === 'Exists' || operator === 'DoesNotExist') && count > 0) return `${operator} takes no values`
  return keyProblem(key) ?? (values ?? []).map(valueProblem).find(problem => problem !== undefined)
}

const operators = new Set(['In', 'NotIn', 'Exists', 'DoesNotExist'])

// k8s.io/apimachinery/pkg/api/validate/content
const name = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

function keyProblem(key: string): string | undefined {
  const [first = '', second, ...more] = key.split('/')
  const own = second ?? first
  const isPrefixGood = second === undefined || (first.length <= 253 && subdomain.test(first))
  const isGood = more.length === 0 && isPrefixGood && own.length <= 63 && name.test(own)
  return isGood ? undefined : `${JSON.stringify(key)} is no label key`
}

const valueProblem = (value: string): string | undefined =>
  value === '' || (value.length <= 63 && name.test(value)) ? undefined : `${JSON.stringify(value)} is no label value`
