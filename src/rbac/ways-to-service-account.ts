import type { Rbac } from './compile.ts'
import { mayI, type Decision } from './decide.ts'
import type { ResourceQuestion } from './question.ts'
import { mastersGroup, type Subject } from './subject.ts'
import { ways, type Right, type Way } from './ways.ts'
import { whoMay, type Holder, type KnownServiceAccount, type WhoMay } from './who-may.ts'

export interface ServiceAccountTarget {
  readonly namespace: string
  readonly name: string
  /** Pods that run as it. Without them, rights on some pod of the namespace count; with none, no right on a pod does. */
  readonly pods?: readonly string[]
  /** CustomResourceDefinitions of the cluster, by name: `workflows.argoproj.io`. Without them, all that are known count. */
  readonly definitions?: readonly string[]
}

/** One right that leads to the service account. */
export interface OpenWay {
  readonly way: Way
  readonly question: ResourceQuestion
}

export interface WayWithHolders extends OpenWay {
  /** Without `system:masters`, whose members have every way. */
  readonly holders: readonly Holder[]
  readonly unknown: WhoMay['unknown']
}

/** Who can come by the AWS role of a service account through Kubernetes, and how. Ways that nobody has are left out. */
export function waysToServiceAccount(
  rbac: Rbac,
  target: ServiceAccountTarget,
  serviceAccounts: readonly KnownServiceAccount[] = [],
): readonly WayWithHolders[] {
  return questionsOf(target).flatMap(({ way, question, right }): WayWithHolders[] => {
    const { holders, unknown } = whoMay(rbac, question, serviceAccounts)
    const those = holders.filter(holder => holder.name !== mastersGroup && holder.grants.some(grant => concerns(right, target, grant)))
    return those.length === 0 && unknown.length === 0 ? [] : [{ way, question, holders: those, unknown }]
  })
}

export interface WayOfSubject extends OpenWay {
  readonly decision: Exclude<Decision, { answer: 'deny' }>
}

/** By which ways this subject can. */
export function waysOfSubject(rbac: Rbac, subject: Subject, target: ServiceAccountTarget): readonly WayOfSubject[] {
  return questionsOf(target).flatMap(({ way, question, right }): WayOfSubject[] => {
    for (const each of named(right, question, target)) {
      const decision = mayI(rbac, subject, each)
      if (decision.answer !== 'deny') return [{ way, question: each, decision }]
    }
    return []
  })
}

/** One question for each pod, so that the answer names one. */
function named(right: Right, question: ResourceQuestion, { pods }: ServiceAccountTarget): readonly ResourceQuestion[] {
  if (right.on !== 'pod' || pods === undefined) return [question]
  const { someName: _, ...rest } = question
  return pods.map(name => ({ ...rest, name }))
}

function concerns(right: Right, { pods }: ServiceAccountTarget, grant: Holder['grants'][number]): boolean {
  if (right.on !== 'pod' || pods === undefined) return true
  if (pods.length === 0) return false
  const names = grant.by === 'masters' ? undefined : grant.onlyNames
  return names === undefined || names.some(name => pods.includes(name))
}

function questionsOf(target: ServiceAccountTarget): readonly (OpenWay & { readonly right: Right })[] {
  return ways.flatMap(way =>
    way.rights
      .filter(({ definition }) => definition === undefined || target.definitions === undefined || target.definitions.includes(definition))
      .flatMap(right => right.verbs.map(verb => ({ way, right, question: questionOf(right, verb, target) }))),
  )
}

function questionOf(
  { group, resource, subresource, on }: Right,
  verb: string,
  { namespace, name }: ServiceAccountTarget,
): ResourceQuestion {
  const what = { verb, group, resource, ...(subresource === undefined ? {} : { subresource }) }
  switch (on) {
    case 'serviceAccount':
      return { ...what, namespace, name }
    case 'namespace':
      return { ...what, namespace, name: namespace }
    case 'cluster':
      return { ...what, someName: true }
    case 'pod':
    case 'namespaced':
      return { ...what, namespace, someName: true }
  }
}
