import type { Plan } from '#changes/plan.ts'
import type { World } from '#model/world.ts'
import { cloudformationText } from './cloudformation.ts'
import { editedObjects } from './edited.ts'
import { manifestsText } from './manifests.ts'
import { terraformText } from './terraform.ts'

const languages = { terraform: terraformText, cloudformation: cloudformationText, manifests: manifestsText } as const

export type CodeLanguage = keyof typeof languages

/** A plan as code that is reviewed and applied elsewhere, for clusters that change by pull request only. Ends with a line feed. */
export const codeText = (language: CodeLanguage, plan: Plan, world: World): string =>
  plan.steps.length === 0 ? '# Nothing to do: what the blueprint declares holds.\n' : languages[language](editedObjects(plan.steps, world))
