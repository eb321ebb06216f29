import type { DescribeParametersResult, ParameterMetadata, ParameterStringFilter, SSMClient } from '@aws-sdk/client-ssm'
import { scopeOfArn } from '#model/world.ts'
import { allPages, type Pages } from './all-pages.ts'
import { nothing, together, type Part } from './gathering.ts'
import { inParallel } from './in-parallel.ts'
import { ownArns, wholeList, type ServiceReading } from './service-reading.ts'

const kind = 'aws/ssm/Parameter'
/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html */
const mostFilterValues = 50
const atOnce = 2

/** The parameters that are wanted, or every one of the region: what they are, never what they hold. 20 calls for 1,000. */
export async function readParameters(reading: ServiceReading): Promise<Part> {
  const { parameters } = reading.wanted
  if (parameters === undefined) return wholeList(reading, kind, await list(reading, []), parameter => described(reading, parameter))
  const names = [
    ...new Set([...parameters.filter(name => scopeOfArn(name) === undefined), ...ownArns(reading, 'ssm', parameters).flatMap(namesOf)]),
  ]
  const chunks = Array.from({ length: Math.ceil(names.length / mostFilterValues) }, (_, index) =>
    names.slice(index * mostFilterValues, (index + 1) * mostFilterValues),
  )
  return together(
    await inParallel(chunks, atOnce, async Values => {
      const listed = await list(reading, [{ Key: 'Name', Option: 'Equals', Values }])
      const part = wholeList(reading, kind, listed, parameter => described(reading, parameter))
      if (listed.refused !== undefined) return part
      // What was asked for by name and is not in the answer does not exist.
      const read = [...new Set(Values.map(name => arnOf(reading, name)))].map(id => ({ kind, scope: reading.scope, id }) as const)
      return { ...nothing, resources: part.resources, read }
    }),
  )
}

async function list({ ask, options }: ServiceReading, ParameterFilters: ParameterStringFilter[]): Promise<Pages<ParameterMetadata>> {
  const { DescribeParametersCommand, SSMClient } = await import('@aws-sdk/client-ssm')
  const ssm: SSMClient = new SSMClient(options)
  return allPages<DescribeParametersResult, ParameterMetadata>(
    NextToken => {
      const input = { MaxResults: 50, NextToken, ...(ParameterFilters.length === 0 ? {} : { ParameterFilters }) }
      return ask('ssm', 'DescribeParameters', request => ssm.send(new DescribeParametersCommand(input), request))
    },
    page => page.Parameters,
    page => page.NextToken,
  )
}

/** A parameter's ARN does not say whether its name begins with a slash. */
const namesOf = (arn: string): readonly string[] => {
  const name = arn.slice(arn.indexOf(':parameter/') + ':parameter/'.length)
  return name.includes('/') ? [`/${name}`] : [name, `/${name}`]
}

const arnOf = ({ partition, region, account }: ServiceReading, name: string) =>
  `arn:${partition}:ssm:${region}:${account}:parameter/${name.replace(/^\//, '')}`

const described = (reading: ServiceReading, parameter: ParameterMetadata) =>
  parameter.Name === undefined
    ? undefined
    : { body: { ARN: arnOf(reading, parameter.Name), ...parameter }, call: `ssm:DescribeParameters ${parameter.Name}` }
