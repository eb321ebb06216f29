import type { Component } from './define.ts'
import { cloudWatchAgent, fluentBit, observability } from './container-insights.ts'
import { guardDutyAgent } from './guardduty.ts'
import { ebsCsiDriver } from './ebs-csi.ts'
import { awsProvider, secretsStoreDriver } from './secrets-store.ts'

/** Every component whose versions matter. A joint adds its own in a file of its own beside this one. */
export const components: readonly Component[] = [
  secretsStoreDriver,
  awsProvider,
  ebsCsiDriver,
  cloudWatchAgent,
  fluentBit,
  observability,
  guardDutyAgent,
]
