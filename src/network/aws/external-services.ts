import type { End } from './end.ts'
import { isInBlocks } from './index-interfaces.ts'
import { valueOf, type AwsWorld } from './aws-world.ts'

/**
 * What a node's pods send to AWS_EXTERNAL_SERVICE_CIDRS is routed by the main table, and so leaves by the node's primary interface, whichever
 * interface has the pod's address. Only the tables of branch interfaces in strict mode go before that rule.
 * https://github.com/aws/amazon-vpc-cni-k8s#aws_external_service_cidrs-v1126
 */
export function isRoutedByMainTable(aws: AwsWorld, from: End, to: End): boolean {
  if (to.ip === undefined || !isInBlocks(aws.externalServices, to.ip)) return false
  if (!from.isPod || from.isHost || from.isFargate || from.family === 6) return false
  const isStrict = valueOf(aws.input.settings)?.securityGroupMode !== 'standard'
  return !(from.isBranch && isStrict) && !isOnPrimary(from)
}

/** Its address is one of the node's primary interface: there is no other way out for it. */
export const isOnPrimary = ({ interfaceId, primary }: Pick<End, 'interfaceId' | 'primary'>): boolean =>
  interfaceId !== undefined && interfaceId === primary?.interfaceId

/** EC2 drops what leaves an interface with an address that is not the interface's, unless its source check is switched off. */
export const byMainTable = ({ name }: Pick<End, 'name'>): string =>
  `AWS_EXTERNAL_SERVICE_CIDRS sends it by the primary interface of the node, which does not hold the address of ${name}`
