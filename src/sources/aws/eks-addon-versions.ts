import type { AddonInfo, DescribeAddonVersionsResponse, EKSClient } from '@aws-sdk/client-eks'
import { regionalId } from '#model/kinds-aws-operations.ts'
import { allPages } from './all-pages.ts'
import { nothing, together, unreadPart, type Part } from './gathering.ts'
import { inParallel } from './in-parallel.ts'
import { awsResource } from './resource.ts'
import type { ServiceReading } from './service-reading.ts'

const kind = 'aws/eks/AddonVersions'
const atOnce = 4

/** The add-ons of which joints speak. https://docs.aws.amazon.com/eks/latest/userguide/workloads-add-ons-available-eks.html */
const addonNames = [
  'amazon-cloudwatch-observability',
  'aws-ebs-csi-driver',
  'aws-guardduty-agent',
  'aws-secrets-store-csi-driver-provider',
  'eks-pod-identity-agent',
  'vpc-cni',
]

/** Which versions there are of those add-ons and of the wanted ones: one call for each, or a few. */
export async function readAddonVersions(reading: ServiceReading): Promise<Part> {
  const names = [...new Set([...addonNames, ...(reading.wanted.addons ?? [])])]
  return together(await inParallel(names, atOnce, name => readVersions(reading, name)))
}

async function readVersions({ ask, options, account, region, scope }: ServiceReading, addonName: string): Promise<Part> {
  const { DescribeAddonVersionsCommand, EKSClient } = await import('@aws-sdk/client-eks')
  const eks: EKSClient = new EKSClient(options)
  const Id = regionalId(account, region, addonName)
  const where = { kind, scope, id: Id } as const
  const listed = await allPages<DescribeAddonVersionsResponse, AddonInfo>(
    nextToken => {
      const input = { addonName, maxResults: 100, nextToken }
      return ask('eks', 'DescribeAddonVersions', request => eks.send(new DescribeAddonVersionsCommand(input), request))
    },
    page => page.addons,
    page => page.nextToken,
  )
  if (listed.refused !== undefined) return unreadPart(where, listed.refused)
  const [addon] = listed.items.filter(item => item.addonName === addonName)
  if (addon === undefined) return { ...nothing, read: [where] }
  // A page may end amid the versions of one add-on.
  const addonVersions = listed.items.flatMap(item => (item.addonName === addonName ? (item.addonVersions ?? []) : []))
  return { ...nothing, resources: [awsResource(kind, scope, { Id, ...addon, addonVersions }, `eks:DescribeAddonVersions ${addonName}`)] }
}
