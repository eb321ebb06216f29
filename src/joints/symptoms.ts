import type { JointSymptoms, Recognised } from './define-symptoms.ts'
import { recognise } from './define-symptoms.ts'
import containerInsights from './container-insights/symptoms.ts'
import guardduty from './guardduty/symptoms.ts'
import ebsEncryption from './ebs-encryption/symptoms.ts'
import secretsStore from './secrets-store/symptoms.ts'

/** What every joint recognises, in the order of the joints. */
export const jointSymptoms: readonly JointSymptoms[] = [secretsStore, ebsEncryption, containerInsights, guardduty]

/** What a text shows, one for each joint that knows it; those that hide their cause come last. */
export function recognised(text: string): readonly Recognised[] {
  const found = jointSymptoms.flatMap(symptoms => recognise(symptoms, text) ?? [])
  return [...found.filter(each => each.symptom.hidden === undefined), ...found.filter(each => each.symptom.hidden !== undefined)]
}
