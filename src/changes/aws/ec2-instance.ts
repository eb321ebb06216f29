import type { ModifyInstanceMetadataOptionsRequest } from '@aws-sdk/client-ec2'
import { UserError } from '#base/errors.ts'
import { sameValue } from '#model/comparison.ts'
import type { Kinds } from '#model/kinds.ts'
import type { Writer } from '../writer.ts'
import { call, found, lastOf, type AwsAccess } from './aws-access.ts'
import { ec2Of } from './clients.ts'

type Instance = Kinds['aws/ec2/Instance']

/** How EC2 names the options of an instance, those that it lets change. */
const options = ['HttpEndpoint', 'HttpProtocolIpv6', 'HttpPutResponseHopLimit', 'HttpTokens', 'InstanceMetadataTags'] as const

/**
 * The metadata options of an instance that exists; nothing else of it is written.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceMetadataOptions.html
 */
export function instanceWriter(access: AwsAccess): Writer<'aws/ec2/Instance'> {
  const connected = ec2Of(access)
  const refuse = async (): Promise<never> => {
    throw new UserError('NOT_WRITABLE', 'mortise neither runs nor ends instances', { help: 'report this plan' })
  }
  return {
    create: refuse,
    delete: refuse,
    async read({ id }) {
      const { ec2, commands } = await connected()
      const InstanceIds = [lastOf(id)]
      const answer = await found('ec2', 'DescribeInstances', () => ec2.send(new commands.DescribeInstancesCommand({ InstanceIds })))
      const [instance] = (answer?.Reservations ?? []).flatMap(({ Instances = [] }) => Instances)
      const isGone = instance === undefined || instance.State?.Name === 'terminated'
      return isGone ? undefined : { body: { ...instance, Arn: id } as unknown as Instance }
    },
    async update({ id }, before, after) {
      const { ec2, commands } = await connected()
      const { MetadataOptions: had, ...rest } = before.body
      const { MetadataOptions: has, ...others } = after
      if (!sameValue(rest, others))
        throw new UserError('CHANGE_CONFLICT', `only the metadata options of ${lastOf(id)} can be changed`, { help: 'plan again' })
      const changed = options.filter(name => has?.[name] !== undefined && had?.[name] !== has[name])
      const input = { InstanceId: lastOf(id), ...Object.fromEntries(changed.map(name => [name, has?.[name]])) }
      await call('ec2', 'ModifyInstanceMetadataOptions', () =>
        ec2.send(new commands.ModifyInstanceMetadataOptionsCommand(input as ModifyInstanceMetadataOptionsRequest)),
      )
    },
    // EC2 takes a moment to apply them.
    isReady: ({ body }) => body.MetadataOptions?.State !== 'pending',
  }
}
