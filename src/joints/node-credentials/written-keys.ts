import type { Workload } from '#joints/workloads.ts'
import { environmentOf, literalOf } from '#joints/irsa/identity.ts'
import { seatsOf, type Seat } from '#joints/irsa/webhook.ts'
import type { Evidence } from '#model/resource.ts'

/** A long-lived or temporary AWS key that a container carries. Only names of variables leave this file, never a value. */
export interface WrittenKey {
  readonly seat: Seat
  /** `AWS_ACCESS_KEY_ID`, or the variable whose value has the shape of one. */
  readonly variable: string
  /** In the pod spec itself, or in an object that it names: then how that is called. */
  readonly from: 'spec' | { readonly kind: 'Secret' | 'ConfigMap'; readonly name: string }
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids; the examples of AWS's pages end in EXAMPLE. */
const keyId = /(?<![A-Z0-9])(?:AKIA|ASIA)(?![A-Z0-9]*EXAMPLE)[A-Z0-9]{16}(?![A-Z0-9])/

const keyVariable = 'AWS_ACCESS_KEY_ID'

/** The worst key of a workload's template; undefined when it has none. Names that `envFrom` brings are not known. */
export function writtenKeyOf({ template }: Workload): WrittenKey | undefined {
  const found = seatsOf(template.spec).flatMap(seat => keysIn(seat))
  return found.find(({ from }) => from === 'spec') ?? found[0]
}

function keysIn(seat: Seat): readonly WrittenKey[] {
  const environment = environmentOf(seat.container)
  return [...environment.values()].flatMap((defined): readonly WrittenKey[] => {
    const { name, variable } = defined
    const literal = literalOf(defined)
    if (literal !== undefined)
      return keyId.test(literal) || (name === keyVariable && literal !== '' && !isReference(literal))
        ? [{ seat, variable: name, from: 'spec' }]
        : []
    if (name !== keyVariable) return []
    const { secretKeyRef, configMapKeyRef } = variable.valueFrom ?? {}
    if (secretKeyRef?.name !== undefined) return [{ seat, variable: name, from: { kind: 'Secret', name: secretKeyRef.name } }]
    return configMapKeyRef?.name === undefined ? [] : [{ seat, variable: name, from: { kind: 'ConfigMap', name: configMapKeyRef.name } }]
  })
}

/** `$(OTHER)` stands for another variable, which is judged itself. */
const isReference = (text: string): boolean => /^\$\([^)]*\)$/.test(text)

/** The list of variables as a whole: the line of one could show its value. */
export function keyEvidence({ template }: Workload, { seat, variable, from }: WrittenKey): Evidence {
  const path = [...template.root, 'spec', seat.group, seat.index, 'env']
  const label = from === 'spec' ? `${variable} is written out among these` : `${variable} comes from ${from.kind} ${from.name}`
  return template.resource.at(path, label, 'key')
}
