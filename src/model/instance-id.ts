import type { Kinds } from './kinds.ts'

/**
 * `i-0123456789abcdef0`, the EC2 instance of a node; undefined for a node that is no instance, such as Fargate's or a hybrid one, or that does not
 * say. https://kubernetes.io/docs/reference/node/node-labels: `aws:///eu-west-1a/i-0123456789abcdef0`
 */
export const instanceId = ({ spec }: Kinds['k8s/Node']): string | undefined =>
  /^aws:\/\/.*\/(i-[0-9a-f]+)$/.exec(spec?.providerID ?? '')?.[1]
