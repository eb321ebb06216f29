/** One IAM action, and the resources that it can be narrowed to: an ARN without partition, account and region, as `role/*` of `iam`. */
export interface Operation {
  readonly action: string
  /** Absent: IAM supports no resource for the action, so only `*` allows it. */
  readonly resource?: string
  /** The account of the resources, when it is not the one that is read: AWS's own policies are of account `aws`. */
  readonly account?: string
}

export interface KindOperations {
  readonly needs: readonly Operation[]
  /** What is tried when a need is denied, in this order. It gives less. */
  readonly instead: readonly Operation[]
}

export const on = (action: string, resource?: string): Operation => (resource === undefined ? { action } : { action, resource })

export const needs = (...operations: readonly Operation[]): KindOperations => ({ needs: operations, instead: [] })
