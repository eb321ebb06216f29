import { parseAddress, parseCidr, type Address } from '../addresses.ts'
import { isInBlocks } from './index-interfaces.ts'

/** Addresses that mean something else than a place behind a route. */
export type SpecialAddress =
  /** Of the platform itself: security groups and network ACLs do not filter it. */
  | { readonly is: 'platform'; readonly what: string; readonly isLinkLocal: boolean }
  /** Something that listens on the node: the Pod Identity agent, NodeLocal DNS. */
  | { readonly is: 'node-local'; readonly what: string }

const platform: Readonly<Record<string, string>> = {
  '169.254.169.254': 'the instance metadata service',
  'fd00:ec2::254': 'the instance metadata service',
  '169.254.169.253': "Amazon's DNS server",
  'fd00:ec2::253': "Amazon's DNS server",
  '169.254.169.123': 'the Amazon Time Sync Service',
  'fd00:ec2::123': 'the Amazon Time Sync Service',
}

const agents: Readonly<Record<string, string>> = {
  '169.254.170.23': 'the EKS Pod Identity agent',
  'fd00:ec2::23': 'the EKS Pod Identity agent',
}

const byAddress = <T>(table: Readonly<Record<string, T>>) =>
  new Map(Object.entries(table).map(([text, value]) => [keyOf(parseAddress(text)!), value]))

const keyOf = ({ family, value }: Address): string => `${family} ${value}`
const platformBy = byAddress(platform)
const agentBy = byAddress(agents)
const linkLocal = [parseCidr('169.254.0.0/16')!, parseCidr('fe80::/10')!]

/**
 * @param vpcBase the first address of the VPC's own block: its DNS server has the second after it.
 * https://docs.aws.amazon.com/vpc/latest/userguide/infrastructure-security.html, https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
 */
export function specialAddress(address: Address, vpcBase: Address | undefined): SpecialAddress | undefined {
  const service = platformBy.get(keyOf(address))
  if (service !== undefined) return { is: 'platform', what: service, isLinkLocal: true }
  const agent = agentBy.get(keyOf(address))
  if (agent !== undefined) return { is: 'node-local', what: agent }
  if (isInBlocks(linkLocal, address)) return { is: 'node-local', what: 'a link-local address' }
  const isResolver = vpcBase !== undefined && vpcBase.family === address.family && vpcBase.value + 2n === address.value
  return isResolver ? { is: 'platform', what: "Amazon's DNS server", isLinkLocal: false } : undefined
}

/** IPv4 and IPv6 blocks that are not of the internet. https://www.iana.org/assignments/iana-ipv4-special-registry */
export const notOfTheInternet = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/3',
  '4000::/2',
  '8000::/1',
].map(text => parseCidr(text)!)
