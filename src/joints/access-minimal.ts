import { compilePolicy, type CompiledPolicy } from '#iam/compile.ts'
import { decide } from '#iam/decide.ts'
import type { PolicyDocument, Statement } from '#iam/document.ts'
import { principalAccount } from '#iam/question.ts'
import { compileGlob, globMatches } from '#iam/glob.ts'
import type { ActionCatalogue } from '#iam/known-actions.ts'
import type { Caller } from './access-caller.ts'
import { actionPatterns, allowsOf, resourcePatterns } from './access-listing.ts'
import { readLayer } from './access-documents.ts'

/** A statement of a minimal policy, and why it is there. */
export interface Needed {
  readonly statement: Statement
  readonly reason: string
}

export interface UsedService {
  readonly service: string
  /** When it was used last. */
  readonly at: string
  /** Actions that IAM tracks and that were not used; those that it does not track are not in it. */
  readonly unused: ReadonlySet<string>
}

/**
 * The part of a caller's own Allow statements that was used: of a service that was used all that IAM does not track, and of what it tracks what was used.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html
 */
export function usedStatements(caller: Caller, used: readonly UsedService[], catalogue: ActionCatalogue): readonly Needed[] {
  return allowsOf(caller).flatMap(({ placed, statement }) => {
    const { resource, conditions } = statement
    if (statement.action === 'invalid' || resource === 'invalid') return []
    return used.flatMap(({ service, at, unused }): readonly Needed[] => {
      const actions = keptActions(actionPatterns(statement), service, unused, catalogue)
      if (actions.length === 0) return []
      const document = rawStatement(placed.policy.document, statement.path)
      const about = resource?.negated === true ? { NotResource: resource.values } : { Resource: single(resourcePatterns(statement)) }
      const when = conditions.length === 0 || document?.Condition === undefined ? {} : { Condition: document.Condition }
      return [
        {
          statement: { Effect: 'Allow', Action: single(actions), ...about, ...when },
          reason: `${service} was used last on ${at.slice(0, 10)}, and ${placed.name} allows this`,
        },
      ]
    })
  })
}

const single = (list: readonly string[]): string | readonly string[] => (list.length === 1 ? (list[0] ?? '*') : list)

function rawStatement(document: unknown, path: readonly (string | number)[]): Statement | undefined {
  return path.reduce<unknown>((value, step) => (value as Record<string | number, unknown> | undefined)?.[step], document) as
    | Statement
    | undefined
}

/** A pattern stays as it is when nothing of it is known to be unused; else the actions that are left are named. */
function keptActions(
  patterns: readonly string[],
  service: string,
  unused: ReadonlySet<string>,
  catalogue: ActionCatalogue,
): readonly string[] {
  const kept = patterns.flatMap(pattern => {
    const own = pattern === '*' ? `${service}:*` : pattern
    if (!own.toLowerCase().startsWith(`${service}:`)) return []
    const actions = catalogue.actions(own)
    const left = actions.filter(action => !unused.has(action.toLowerCase()))
    return left.length === actions.length && actions.length > 0 ? [own] : left
  })
  return [...new Set(kept)]
}

/** One document, with a Sid for each statement. */
export const minimalDocument = (needed: readonly Needed[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: needed.map(({ statement }, index) => ({ Sid: `Need${index + 1}`, ...statement })),
})

export interface Proof {
  /** What is wrong with the policy, a line each; none: it is proved. */
  readonly faults: readonly string[]
  /** Decisions that were asked for it. */
  readonly decisions: number
  /** Needed actions that the current policies do not allow. */
  readonly adds: readonly string[]
  /** Actions of the services concerned that the current policies allow on something, and the minimal one does not. */
  readonly removes: readonly string[]
}

/** Asks the engine: everything needed is allowed, and nothing besides. */
export function proveMinimal(caller: Caller, needed: readonly Needed[], catalogue: ActionCatalogue): Proof {
  const policy = compilePolicy(minimalDocument(needed), 'identity')
  const faults = policy.problems.filter(problem => problem.harmless !== true).map(problem => problem.message)
  const wanted = policy.statements.map(statement => ({
    actions: actionPatterns(statement).flatMap(pattern => catalogue.actions(pattern)),
    resources: resourcePatterns(statement),
  }))
  const current = readLayer(caller.identity)
  let decisions = 0
  const may = (policies: readonly CompiledPolicy[], action: string, resource: string): boolean => {
    decisions += 1
    const { principal, context } = caller
    const own = principalAccount(principal)
    // A policy of a role is about its own account's resources: of others, theirs decide too.
    const request = {
      principal,
      action,
      resource,
      context,
      unlistedKeys: 'unknown',
      ...(own === undefined ? {} : { resourceAccount: own }),
    } as const
    const { answer } = decide(request, { identity: policies, ...(own === undefined ? {} : { resource: [delegating(own)] }) })
    return answer === 'allow' || answer === 'unknown'
  }
  const adds = new Set<string>()
  for (const { actions, resources } of wanted) {
    for (const action of actions) {
      for (const resource of resources) {
        if (!may([policy], action, resource)) faults.push(`${action} on ${resource} is needed and not allowed`)
        if (!may(current, action, resource)) adds.add(action)
      }
    }
  }
  const resources = new Set(wanted.flatMap(item => item.resources))
  const removes: string[] = []
  const currentResources = new Set(allowsOf(caller).flatMap(({ statement }) => resourcePatterns(statement)))
  for (const action of catalogue.actions('*')) {
    for (const resource of resources) {
      // sts:GetCallerIdentity is allowed without any policy.
      if (may([policy], action, resource) && !isWanted(wanted, action, resource) && !may([], action, resource))
        faults.push(`${action} on ${resource} is allowed and not needed`)
    }
    const before = [...currentResources].some(resource => may(current, action, resource))
    if (before && !wanted.some(({ actions }) => actions.includes(action))) removes.push(action)
  }
  return { faults, decisions, adds: [...adds].sort(), removes }
}

/** The proof is about policies of the role: that keys let the account's own policies count is for their own policies to say. */
const delegating = (account: string): CompiledPolicy =>
  compilePolicy({ Statement: { Effect: 'Allow', Principal: { AWS: account }, Action: '*', Resource: '*' } }, 'key')

const isWanted = (
  wanted: readonly { readonly actions: readonly string[]; readonly resources: readonly string[] }[],
  action: string,
  resource: string,
): boolean =>
  wanted.some(
    item =>
      item.actions.includes(action) && item.resources.some(pattern => pattern === resource || globMatches(compileGlob(pattern), resource)),
  )
