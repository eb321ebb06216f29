import type {
  ListPoliciesForTargetResponse,
  Organization,
  OrganizationsClient,
  Parent,
  PolicySummary,
  PolicyType,
} from '@aws-sdk/client-organizations'
import type { Resource } from '#model/resource.ts'
import type { OrganizationTargetBody } from '#model/kinds-aws.ts'
import { scopeOfArn } from '#model/world.ts'
import { allPages, type Pages } from './all-pages.ts'
import { policyDocument } from './body.ts'
import { nothing, together, unreadPart, type Part, type Refused } from './gathering.ts'
import { inParallel } from './in-parallel.ts'
import { awsResource } from './resource.ts'
import type { Session } from './session.ts'

/** An account and what it stands in, up to the root. */
export interface TargetChain {
  readonly targets: readonly Resource[]
  readonly refused?: Refused
}

/** One session's view of an organisation. It asks once for what several accounts share. */
export interface OrganizationReader {
  chain(account: string): Promise<TargetChain>
  policies(targets: readonly Resource[]): Promise<Part>
}

interface Reading {
  readonly session: Session
  readonly client: OrganizationsClient
  readonly organization: Organization
}

/** AWS allows five units above one another. */
const deepest = 8

export function organizationReader(session: Session, client: OrganizationsClient, organization: Organization): OrganizationReader {
  const reading = { session, client, organization }
  const targets = remembering((id: string, type: OrganizationTargetBody['Type']) => readTarget(reading, id, type))
  const policies = remembering((id: string) => readPolicy(reading, id))
  return {
    async chain(account) {
      const chain: Resource[] = []
      let next: Pick<OrganizationTargetBody, 'Id' | 'Type'> | undefined = { Id: account, Type: 'ACCOUNT' }
      for (let depth = 0; next !== undefined && depth < deepest; depth += 1) {
        const found: Found = await targets(next.Id, next.Type)
        if ('refused' in found) return { targets: chain, refused: found.refused }
        chain.push(found.target)
        next = found.parent
      }
      return { targets: chain }
    },
    async policies(chain) {
      const ids = chain.flatMap(({ body }) => {
        const { ServiceControlPolicies = [], ResourceControlPolicies = [] } = body as OrganizationTargetBody
        return [...ServiceControlPolicies, ...ResourceControlPolicies]
      })
      return together(await inParallel([...new Set(ids)], 4, id => policies(id)))
    },
  }
}

/** The same question is asked once, however many ask it at the same time. */
function remembering<Rest extends readonly unknown[], Answer>(ask: (id: string, ...rest: Rest) => Promise<Answer>) {
  const answers = new Map<string, Promise<Answer>>()
  return (id: string, ...rest: Rest): Promise<Answer> => {
    const known = answers.get(id) ?? ask(id, ...rest)
    answers.set(id, known)
    return known
  }
}

type Found =
  | { readonly target: Resource; readonly parent: { readonly Id: string; readonly Type: 'ROOT' | 'ORGANIZATIONAL_UNIT' } | undefined }
  | { readonly refused: Refused }

async function readTarget(reading: Reading, Id: string, Type: OrganizationTargetBody['Type']): Promise<Found> {
  const parents = Type === 'ROOT' ? { items: [] } : await listParents(reading, Id)
  if (parents.refused !== undefined) return { refused: parents.refused }
  const [parent] = parents.items
  if (Type !== 'ROOT' && parent?.Id === undefined)
    return { refused: { is: 'failed', reason: `organizations:ListParents named none of ${Id}` } }
  const service = await listPolicies(reading, Id, 'SERVICE_CONTROL_POLICY')
  if (service.refused !== undefined) return { refused: service.refused }
  const resource = await listPolicies(reading, Id, 'RESOURCE_CONTROL_POLICY')
  if (resource.refused !== undefined) return { refused: resource.refused }
  const { Arn, MasterAccountId: account = '' } = reading.organization
  const body: OrganizationTargetBody = {
    Id,
    Type,
    ...(parent?.Id === undefined ? {} : { ParentId: parent.Id }),
    ...(Arn === undefined ? {} : { OrganizationArn: Arn }),
    ServiceControlPolicies: service.items.flatMap(({ Id: id }) => id ?? []),
    ResourceControlPolicies: resource.items.flatMap(({ Id: id }) => id ?? []),
  }
  const next =
    parent?.Id === undefined
      ? undefined
      : { Id: parent.Id, Type: parent.Type === 'ROOT' ? ('ROOT' as const) : ('ORGANIZATIONAL_UNIT' as const) }
  return { target: awsResource('aws/organizations/Target', { account }, body, `organizations:ListPoliciesForTarget ${Id}`), parent: next }
}

const listParents = ({ session, client }: Reading, ChildId: string): Promise<Pages<Parent>> =>
  allPages(
    async token => {
      const { ListParentsCommand } = await import('@aws-sdk/client-organizations')
      const input = { ChildId, ...(token === undefined ? {} : { NextToken: token }) }
      return session.ask('organizations', 'ListParents', request => client.send(new ListParentsCommand(input), request))
    },
    page => page.Parents,
    page => page.NextToken,
  )

const listPolicies = ({ session, client }: Reading, TargetId: string, Filter: PolicyType): Promise<Pages<PolicySummary>> =>
  allPages<ListPoliciesForTargetResponse, PolicySummary>(
    async token => {
      const { ListPoliciesForTargetCommand } = await import('@aws-sdk/client-organizations')
      const input = { TargetId, Filter, ...(token === undefined ? {} : { NextToken: token }) }
      return session.ask('organizations', 'ListPoliciesForTarget', request => client.send(new ListPoliciesForTargetCommand(input), request))
    },
    page => page.Policies,
    page => page.NextToken,
  )

async function readPolicy({ session, client, organization }: Reading, PolicyId: string): Promise<Part> {
  const { DescribePolicyCommand } = await import('@aws-sdk/client-organizations')
  const kind = 'aws/organizations/Policy'
  const master = { account: organization.MasterAccountId ?? '' }
  const answer = await session.ask('organizations', 'DescribePolicy', request =>
    client.send(new DescribePolicyCommand({ PolicyId }), request),
  )
  if (answer.is === 'missing') return nothing
  if (answer.is !== 'ok') return unreadPart({ kind, scope: master, id: PolicyId }, answer)
  const { PolicySummary: summary, Content } = answer.value.Policy ?? {}
  const scope = scopeOfArn(summary?.Arn ?? '') ?? master
  const body = { ...summary, Id: PolicyId, ...(Content === undefined ? {} : { Content: policyDocument(Content) }) }
  return { ...nothing, resources: [awsResource(kind, scope, body, `organizations:DescribePolicy ${PolicyId}`)] }
}
