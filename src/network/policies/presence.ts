import type { PolicyDocument } from './document.ts'

const directions = ['ingress', 'egress'] as const

/**
 * AWS: whether what a policy does may hang on there being any pod of a sort at all. Rules for a direction that it does not close count only when they
 * come to some address; what makes the controller crash does so only when it looks at a pod.
 */
export function hangsOnPresence({ rules, isolates, tier }: PolicyDocument): boolean {
  return directions.some(direction =>
    tier === 'namespace'
      ? rules[direction].length > 0 && (!isolates[direction] || rules[direction].some(rule => rule.unprotocolled !== undefined))
      : rules[direction].some(rule => rule.ports?.some(port => 'name' in port)),
  )
}
