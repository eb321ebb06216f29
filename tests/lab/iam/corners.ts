import type { Call, Case, Json, StandFacts } from './cases.ts'

const policy = (...statements: readonly Json[]): Json => ({ Version: '2012-10-17', Statement: statements })
const all: Json = { Effect: 'Allow', Action: '*', Resource: '*' }
const silent = policy({ ...all, Action: 'ec2:*' })

type Limits = Pick<Case, 'boundary' | 'session'>

/**
 * Every way in which a resource policy can call the caller, with and without an identity policy that allows, and with each limit that does
 * not: where AWS's rules differ by how the caller is named, which chance would seldom meet.
 */
export function corners({ account, user, role, resources }: StandFacts): readonly Case[] {
  const everybody = [`arn:aws:iam::${account}:root`, account, '*', resources.bystander, undefined]
  const callers: readonly (readonly [Case['caller'], readonly (string | undefined)[], readonly Limits[]])[] = [
    ['user', [user.arn, ...everybody], [{}, { boundary: silent }]],
    ['role', [role.arn, role.sessionArn, ...everybody], [{}, { boundary: silent }, { session: silent }]],
  ]
  return callers.flatMap(([caller, names, limits]) =>
    names.flatMap(name =>
      limits.flatMap(limit =>
        [[], [policy(all)]].flatMap(identity =>
          (['DescribeKey', 'DescribeSecret', 'HeadObject'] satisfies Call[]).map(call => ({
            caller,
            call,
            identity,
            ...limit,
            // S3 wants the bucket itself named.
            resource:
              name === undefined
                ? undefined
                : policy({ ...all, Principal: { AWS: name }, Resource: call === 'HeadObject' ? resources.object : '*' }),
          })),
        ),
      ),
    ),
  )
}
