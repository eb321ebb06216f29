import { causeText, recognise, type Recognised } from '#joints/define-symptoms.ts'
import type { Path } from '#model/place.ts'
import type { Addon } from './agent.ts'
import symptoms from './symptoms.ts'

/** What EKS says is wrong with the add-on, and what it means. */
export interface AddonIssue {
  readonly code: string
  readonly message: string
  /** Of the message in the add-on; of the code when there is none. */
  readonly path: Path
  readonly recognised: Recognised | undefined
  /** It is about the agent's pods, which run or not for reasons of the nodes and the network: not about the installation. */
  readonly isOfPods: boolean
}

/** https://docs.aws.amazon.com/eks/latest/APIReference/API_AddonIssue.html */
export function addonIssues({ body }: Addon): readonly AddonIssue[] {
  return (body.health?.issues ?? []).map(({ code = '', message = '' }, index) => {
    const recognised = recognise(symptoms, message)
    const link = recognised?.symptom.link
    const isOfPods = link === undefined ? code === 'InsufficientNumberOfReplicas' : link === 'running' || link === 'nodes'
    return { code, message, path: ['health', 'issues', index, message === '' ? 'code' : 'message'], recognised, isOfPods }
  })
}

/** What the issue means, a sentence; undefined when no symptom knows it. */
export const issueCause = ({ recognised }: AddonIssue): string | undefined => (recognised === undefined ? undefined : causeText(recognised))
