import containerInsights from './container-insights/trees.ts'
import type { Question, Tree } from './define-diagnosis.ts'
import type { Recognised } from './define-symptoms.ts'
import ebsEncryption from './ebs-encryption/trees.ts'
import guardduty from './guardduty/trees.ts'
import irsa from './irsa/trees.ts'
import networkPolicy from './network-policy/trees.ts'
import podIdentity from './pod-identity/trees.ts'
import secretsStore from './secrets-store/trees.ts'
import securityGroupsForPods from './security-groups-for-pods/trees.ts'

/** Every tree, in the order of the joints. */
export const trees: readonly Tree[] = [
  irsa,
  podIdentity,
  securityGroupsForPods,
  networkPolicy,
  secretsStore,
  ebsEncryption,
  containerInsights,
  guardduty,
].flat()

const bySymptom = new Map(trees.flatMap(tree => tree.opens.map(name => [name, tree] as const)))

/** The tree that a symptom opens: its own, else that of the link that it points at. */
export const treeOf = ({ joint, symptom }: Pick<Recognised, 'joint' | 'symptom'>): Tree | undefined =>
  bySymptom.get(`${joint}/${symptom.id}`) ?? bySymptom.get(`${joint}/${symptom.link}`)

/**
 * What is asked of a symptom, in order. A tree that the symptom itself opens says the order. Else the link that the text points at goes before the
 * rest of its tree: an exact text already rules out what comes before it.
 */
export function questionsOf(found: Pick<Recognised, 'joint' | 'symptom'>): readonly Question[] {
  const { joint, symptom } = found
  const own: readonly Question['asks'][] = [`${joint}/${symptom.link}`, ...(symptom.also === undefined ? [] : [symptom.also])]
  const inTree = treeOf(found)?.questions ?? []
  const isIn = (asks: Question['asks']) => inTree.some(question => question.asks === asks)
  const isOrdered = bySymptom.has(`${joint}/${symptom.id}`)
  const worded = own.map(asks => inTree.find(question => question.asks === asks) ?? { asks })
  return isOrdered
    ? [...inTree, ...worded.filter(({ asks }) => !isIn(asks))]
    : [...worded, ...inTree.filter(({ asks }) => !own.includes(asks))]
}
