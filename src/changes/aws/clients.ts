import type { AwsAccess } from './aws-access.ts'

/** A client of a service and its commands, loaded when they are first asked for, and once. */
const lazily =
  <Made>(make: (access: AwsAccess) => Promise<Made>) =>
  (access: AwsAccess): (() => Promise<Made>) => {
    let made: Promise<Made> | undefined
    return () => (made ??= make(access))
  }

export const ec2Of = lazily(async ({ clientOptions }) => {
  const commands = await import('@aws-sdk/client-ec2')
  return { ec2: new commands.EC2Client(clientOptions), commands }
})
export const eksOf = lazily(async ({ clientOptions }) => {
  const commands = await import('@aws-sdk/client-eks')
  return { eks: new commands.EKSClient(clientOptions), commands }
})
export const guarddutyOf = lazily(async ({ clientOptions }) => {
  const commands = await import('@aws-sdk/client-guardduty')
  return { guardduty: new commands.GuardDutyClient(clientOptions), commands }
})
export const iamOf = lazily(async ({ clientOptions }) => {
  const commands = await import('@aws-sdk/client-iam')
  return { iam: new commands.IAMClient(clientOptions), commands }
})
export const logsOf = lazily(async ({ clientOptions }) => {
  const commands = await import('@aws-sdk/client-cloudwatch-logs')
  return { logs: new commands.CloudWatchLogsClient(clientOptions), commands }
})

export type Ec2 = Awaited<ReturnType<ReturnType<typeof ec2Of>>>
export type Eks = Awaited<ReturnType<ReturnType<typeof eksOf>>>
export type GuardDuty = Awaited<ReturnType<ReturnType<typeof guarddutyOf>>>
export type Iam = Awaited<ReturnType<ReturnType<typeof iamOf>>>
export type Logs = Awaited<ReturnType<ReturnType<typeof logsOf>>>
