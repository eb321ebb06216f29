import type { Answer, Handler } from './request.ts'

/** What an endpoint was made with and ministack does not keep. */
type Kept = readonly string[]

/**
 * ministack keeps neither the policy of an endpoint, nor its groups, nor whether it has a private DNS name. Here they are told as they were given; where
 * nothing was given, nothing is said, though EC2 would say what it chose itself. Nor does ministack look at filters: here those of VPC and service count.
 */
export function vpcEndpoints(): Handler {
  const kept = new Map<string, Kept>()
  return {
    operation: 'ec2:CreateVpcEndpoint and ec2:DescribeVpcEndpoints',
    matches: ({ service, parameters }) => service === 'ec2' && /^(?:Create|Describe)VpcEndpoints?$/.test(parameters.get('Action') ?? ''),
    async answer(request, upstream) {
      const answer = await upstream(request)
      const { parameters } = request
      const [made] = parameters.get('Action') === 'CreateVpcEndpoint' ? idsIn(answer) : []
      if (made !== undefined) kept.set(made, given(parameters))
      return filtered(completed(answer, kept), parameters)
    },
  }
}

/** In the order of https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html, which no client minds. */
function given(parameters: URLSearchParams): Kept {
  const policy = parameters.get('PolicyDocument')
  const hasName = parameters.get('PrivateDnsEnabled')
  const groups = [...parameters].flatMap(([name, value]) => (/^SecurityGroupId\.\d+$/.test(name) ? [value] : []))
  return [
    ...(groups.length === 0 ? [] : [`<groupSet>${groups.map(id => `<item><groupId>${id}</groupId></item>`).join('')}</groupSet>`]),
    ...(policy === null ? [] : [`<policyDocument>${escaped(policy)}</policyDocument>`]),
    ...(hasName === null ? [] : [`<privateDnsEnabled>${hasName}</privateDnsEnabled>`]),
  ]
}

const idElement = /<vpcEndpointId>([^<]+)<\/vpcEndpointId>/g

const idsIn = ({ body }: Answer): readonly string[] => [...body.toString('utf8').matchAll(idElement)].flatMap(([, id]) => id ?? [])

function completed(answer: Answer, kept: ReadonlyMap<string, Kept>): Answer {
  const text = answer.body.toString('utf8')
  return { ...answer, body: Buffer.from(text.replace(idElement, (element, id: string) => [element, ...(kept.get(id) ?? [])].join(''))) }
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const filters = { 'vpc-id': 'vpcId', 'service-name': 'serviceName' } as const

/** Only the endpoints that the filters of the request let through. */
function filtered(answer: Answer, parameters: URLSearchParams): Answer {
  const wanted = [1, 2].flatMap(index => {
    const element = filters[(parameters.get(`Filter.${index}.Name`) ?? '') as keyof typeof filters]
    return element === undefined ? [] : [`<${element}>${parameters.get(`Filter.${index}.Value.1`) ?? ''}</${element}>`]
  })
  if (wanted.length === 0) return answer
  const text = answer.body.toString('utf8')
  const end = text.indexOf('</vpcEndpointSet>')
  if (end < 0) return answer
  const [head = '', ...items] = text.slice(0, end).split(/(?=<item>\s*<vpcEndpointId>)/)
  const through = items.filter(item => wanted.every(element => item.includes(element)))
  return { ...answer, body: Buffer.from([head, ...through, text.slice(end)].join('')) }
}
