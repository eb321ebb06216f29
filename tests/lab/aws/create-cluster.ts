import { CreateClusterCommand, type CreateClusterCommandInput, type EKSClient } from '@aws-sdk/client-eks'

/** Makes an EKS cluster in a VPC. AWS knows the VPC by the subnets; ministack takes it from the request, in which the SDK has no member for it. */
export async function createCluster(eks: EKSClient, input: CreateClusterCommandInput, vpcId: string): Promise<void> {
  const command = new CreateClusterCommand(input)
  command.middlewareStack.add(
    next => async args => {
      const request = args.request as { body?: Uint8Array }
      const body = JSON.parse(new TextDecoder().decode(request.body)) as { resourcesVpcConfig: object }
      request.body = new TextEncoder().encode(JSON.stringify({ ...body, resourcesVpcConfig: { ...body.resourcesVpcConfig, vpcId } }))
      return next(args)
    },
    // Before the length of the body is told and it is signed.
    { step: 'build', priority: 'high', name: 'nameVpc' },
  )
  await eks.send(command)
}
