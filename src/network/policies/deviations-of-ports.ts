import { forEachMember } from '../bitset.ts'
import type { Deviation } from '../policy-layer.ts'
import { directions, noted, type DeviationSearch } from './deviation-parts.ts'
import type { NamedPort, PolicyDocument, WrittenRule } from './document.ts'
import { referenceOf } from './explain.ts'
import { crowdsOf } from './namespace-row.ts'
import { portsOn } from './aws-cluster.ts'
import { portsText, type Term } from './term.ts'
import { clusterOverflows, slotsOfKey } from './slots.ts'

/** Named ports that open more, or nothing; ports that replace each other or fall to the lot. */
export function deviationsOfPorts(search: DeviationSearch): Deviation[] {
  return [...noted(search, ['port-collision', 'named-port-dropped']), ...unions(search), ...slots(search)]
}

/** A named ingress port that has several numbers on the pods that the policy selects is all of them on each. */
function unions({ compiled, podsOf }: DeviationSearch): Deviation[] {
  return compiled.policies.flatMap(policy => {
    if (policy.tier !== 'namespace') return []
    return policy.rules.ingress.flatMap(rule =>
      (rule.ports ?? []).flatMap((port): Deviation[] => {
        if (!('name' in port)) return []
        const numbers = numbersOf(port, policy, compiled)
        if (numbers.length < 2) return []
        const detail = `port ${port.name} is ${numbers.join(' on some of the selected pods, ')} on others, and each of them is opened on all`
        return [
          {
            id: 'named-port-union',
            at: referenceOf({ policy, rule }),
            with: [],
            direction: 'ingress',
            error: 'opens',
            pods: podsOf(policy),
            detail,
          },
        ]
      }),
    )
  })
}

function numbersOf(port: NamedPort, { subject, namespace }: PolicyDocument, { columns }: DeviationSearch['compiled']): string[] {
  const numbers = new Set<string>()
  if (subject === undefined) return []
  forEachMember(columns.selectThings(subject, namespace), thing => {
    const found = portsOn(columns.things[thing]!.ports, [port])
    // A pod without the port has no number of its own, and gets the others'.
    numbers.add(found.length === 0 ? 'nothing' : portsText(found))
  })
  return [...numbers].sort()
}

/** Peers with more port entries than the agent's tables hold. A Deny that is lost opens. */
function slots({ compiled }: DeviationSearch): Deviation[] {
  const found = new Map<string, Deviation & { pods: string[] }>()
  compiled.classes.pods.forEach((pods, classId) => {
    const table = compiled.tables[classId]!
    if (table.unenforced !== undefined) return
    for (const direction of directions) {
      for (const side of table.sides(direction)) {
        const crowds = crowdsOf(side).map(({ entries }) => ({
          entries: entries.size,
          terms: side.terms.filter(term => term.ports !== undefined),
        }))
        for (const { entries, terms } of [...crowds, ...clusterOverflows(side)]) {
          const rules = rulesOf(terms)
          const [first, ...others] = rules
          if (first === undefined) continue
          const key = `${direction} ${rules.map(({ policy, rule }) => `${policy.id} ${rule.path.join('.')}`).join()}`
          const known = found.get(key)
          if (known !== undefined) {
            known.pods.push(...pods.map(pod => pod.id))
            continue
          }
          const error = rules.some(({ rule }) => rule.action === 'Deny') ? 'unpredictable' : 'closes'
          const detail = `a peer has ${entries} entries of ports, and of those the agent keeps ${slotsOfKey}, drawn by lot at each write`
          found.set(key, {
            id: 'port-slots',
            at: referenceOf(first),
            with: others.map(referenceOf),
            direction,
            error,
            pods: pods.map(pod => pod.id),
            detail,
          })
        }
      }
    }
  })
  return [...found.values()]
}

function rulesOf(terms: readonly Term[]): { policy: PolicyDocument; rule: WrittenRule }[] {
  const seen = new Map(terms.map(({ policy, rule }) => [`${policy.kind} ${policy.id} ${rule.path.join('.')}`, { policy, rule }]))
  return [...seen.values()]
}
