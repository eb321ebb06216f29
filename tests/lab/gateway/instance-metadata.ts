import { ec2Answer, isRefusal } from './answers.ts'
import type { Answer, GatewayRequest, Handler } from './request.ts'

type Options = Readonly<Record<string, string>>

/** As EC2 names them in requests, and in answers. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceMetadataOptionsResponse.html */
const members: Readonly<Record<string, string>> = {
  HttpEndpoint: 'httpEndpoint',
  HttpProtocolIpv6: 'httpProtocolIpv6',
  HttpPutResponseHopLimit: 'httpPutResponseHopLimit',
  HttpTokens: 'httpTokens',
  InstanceMetadataTags: 'instanceMetadataTags',
}

const actions: ReadonlySet<string> = new Set(['DescribeInstances', 'ModifyInstanceMetadataOptions', 'RunInstances'])
const instanceElement = /<instanceId>([^<]+)<\/instanceId>/g

/**
 * ministack keeps no metadata options of instances, and has no call that changes them. Here they are told as they were given; where nothing was given,
 * nothing is said, though EC2 would say what it chose itself.
 */
export function instanceMetadata(): Handler {
  const kept = new Map<string, Options>()
  return {
    operation: 'ec2:RunInstances, ec2:DescribeInstances and ec2:ModifyInstanceMetadataOptions',
    matches: ({ service, parameters }) => service === 'ec2' && actions.has(parameters.get('Action') ?? ''),
    async answer(request, upstream) {
      const answer = await upstream(request)
      const action = request.parameters.get('Action')
      if (action === 'ModifyInstanceMetadataOptions') return isRefusal(answer) ? answer : modified(request, kept)
      const given = optionsIn(request.parameters, 'MetadataOptions.')
      if (action === 'RunInstances' && Object.keys(given).length > 0)
        for (const [, id = ''] of answer.body.toString('utf8').matchAll(instanceElement)) kept.set(id, given)
      return completed(answer, kept)
    },
  }
}

function modified({ parameters }: GatewayRequest, kept: Map<string, Options>): Answer {
  const id = parameters.get('InstanceId') ?? ''
  const options = { ...kept.get(id), ...optionsIn(parameters, '') }
  kept.set(id, options)
  return ec2Answer(
    'ModifyInstanceMetadataOptions',
    `<instanceId>${id}</instanceId><instanceMetadataOptions>${elements(options)}</instanceMetadataOptions>`,
  )
}

const optionsIn = (parameters: URLSearchParams, prefix: string): Options =>
  Object.fromEntries(
    Object.entries(members).flatMap(([name, element]) => {
      const value = parameters.get(`${prefix}${name}`)
      return value === null ? [] : [[element, value]]
    }),
  )

const elements = (options: Options): string =>
  `<state>applied</state>${Object.entries(options)
    .map(([element, value]) => `<${element}>${value}</${element}>`)
    .join('')}`

function completed(answer: Answer, kept: ReadonlyMap<string, Options>): Answer {
  const text = answer.body.toString('utf8').replace(instanceElement, (element, id: string) => {
    const options = kept.get(id)
    return options === undefined ? element : `${element}<metadataOptions>${elements(options)}</metadataOptions>`
  })
  return { ...answer, body: Buffer.from(text) }
}
