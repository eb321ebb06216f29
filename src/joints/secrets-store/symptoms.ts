import { defineSymptoms } from '#joints/define-symptoms.ts'
import { awsSymptoms } from './symptoms-aws.ts'
import { classSymptoms } from './symptoms-class.ts'
import { externalSymptoms } from './symptoms-external.ts'
import { nodeSymptoms } from './symptoms-node.ts'
import { wrapperSymptoms } from './symptoms-wrappers.ts'

/** What the kubelet, the driver, the provider and AWS say when a link breaks; what only wraps a cause comes last. */
export default defineSymptoms('secrets-store', [...classSymptoms, ...awsSymptoms, ...nodeSymptoms, ...wrapperSymptoms, ...externalSymptoms])
