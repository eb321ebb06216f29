import type { NetworkInput } from '#network/aws-input.ts'

/** The plain way, from the raw objects: every rule of every group of both interfaces, for each question. IPv4 and TCP only. */
export function plainEvaluator({ aws, policies }: NetworkInput): (from: string, to: string, port: number) => boolean {
  const interfaces = new Map(aws.networkInterfaces.all.map(one => [one.PrivateIpAddress, one]))
  const groups = new Map(aws.securityGroups.all.map(one => [one.GroupId, one]))
  const addresses = new Map(policies.pods.all.map(pod => [`${pod.metadata.namespace}/${pod.metadata.name}`, pod.status?.podIP ?? '']))
  const number = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const inBlock = (block: string, address: string) => {
    const [base = '', prefix = '32'] = block.split('/')
    const size = 2 ** (32 - Number(prefix))
    return Math.floor(number(base) / size) === Math.floor(number(address) / size)
  }
  const allows = (own: string, other: string, list: 'IpPermissions' | 'IpPermissionsEgress', port: number) => {
    const carried = new Set(interfaces.get(other)?.Groups?.map(({ GroupId }) => GroupId))
    return (interfaces.get(own)?.Groups ?? []).some(({ GroupId }) =>
      groups.get(GroupId ?? '')?.[list]?.some(permission => {
        const isPort =
          permission.IpProtocol === '-1' || (permission.IpProtocol === 'tcp' && port >= permission.FromPort! && port <= permission.ToPort!)
        if (!isPort) return false
        const byGroup = permission.UserIdGroupPairs?.some(pair => carried.has(pair.GroupId)) === true
        return byGroup || permission.IpRanges?.some(({ CidrIp }) => inBlock(CidrIp ?? '', other)) === true
      }),
    )
  }
  return (from, to, port) => {
    const [source, destination] = [addresses.get(from) ?? '', addresses.get(to) ?? '']
    return allows(source, destination, 'IpPermissionsEgress', port) && allows(destination, source, 'IpPermissions', port)
  }
}
