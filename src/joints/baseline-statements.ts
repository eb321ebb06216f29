import type { Statement } from '#iam/document.ts'

/** What a statement of a baseline may depend on. */
export interface BaselineFacts {
  readonly partition: string
  readonly cluster: string
  /** Of the cluster and of the role; `*` where they are not known. */
  readonly region: string
  readonly account: string
}

/** A statement that a controller needs, and for what. */
export interface BaselineStatement {
  readonly reason: string
  readonly statement: Statement
}

export const allow = (
  reason: string,
  actions: readonly string[],
  resources: readonly string[] = ['*'],
  condition?: Statement['Condition'],
): BaselineStatement => ({
  reason,
  statement: {
    Effect: 'Allow',
    Action: actions.length === 1 ? (actions[0] ?? '') : actions,
    Resource: resources.length === 1 ? (resources[0] ?? '*') : resources,
    ...(condition === undefined ? {} : { Condition: condition }),
  },
})

export const names = (service: string, list: string): readonly string[] => list.split(' ').map(name => `${service}:${name}`)
