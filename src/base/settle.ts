/** What would settle an unknown: an IAM permission, a Kubernetes RBAC rule, or something the user can add or do. */
export type Settle =
  | { readonly by: 'iam'; readonly action: string; readonly resource?: string }
  | { readonly by: 'rbac'; readonly verb: string; readonly group: string; readonly resource: string; readonly namespace?: string }
  | { readonly by: 'user'; readonly step: string }

/** One line for a person: `allow iam:GetRole`, `allow list pods`, or the step itself. */
export function settleText(settle: Settle): string {
  switch (settle.by) {
    case 'iam':
      return `allow ${settle.action}${settle.resource === undefined ? '' : ` on ${settle.resource}`}`
    case 'rbac': {
      const resource = settle.group === '' ? settle.resource : `${settle.resource}.${settle.group}`
      return `allow ${settle.verb} ${resource}${settle.namespace === undefined ? '' : ` in namespace ${settle.namespace}`}`
    }
    case 'user':
      return settle.step
  }
}
