export type Json = Readonly<Record<string, unknown>>

/** The calls whose answer is compared: cheap reads, of services whose resources have a policy and of one whose have none. */
export const calls = {
  DescribeKey: { action: 'kms:DescribeKey', on: 'key' },
  GetKeyPolicy: { action: 'kms:GetKeyPolicy', on: 'key' },
  DescribeSecret: { action: 'secretsmanager:DescribeSecret', on: 'secret' },
  ListSecretVersionIds: { action: 'secretsmanager:ListSecretVersionIds', on: 'secret' },
  HeadObject: { action: 's3:GetObject', on: 'object' },
  ListObjects: { action: 's3:ListBucket', on: 'bucket' },
  GetUser: { action: 'iam:GetUser', on: 'bystander' },
} as const satisfies Record<string, { readonly action: string; readonly on: keyof Resources }>

export type Call = keyof typeof calls

/** ARNs of what is asked for. */
export interface Resources {
  readonly key: string
  readonly secret: string
  readonly object: string
  readonly bucket: string
  readonly bystander: string
}

/** What generated policies speak of: one account, as `stand.ts` made it. */
export interface StandFacts {
  readonly account: string
  readonly region: string
  readonly user: { readonly name: string; readonly arn: string; readonly id: string }
  /** A role with a path, and the one session that asks. */
  readonly role: {
    readonly name: string
    readonly arn: string
    readonly id: string
    readonly sessionName: string
    readonly sessionArn: string
  }
  readonly resources: Resources
}

/** Tags of the user and the role alike, and of the key, the secret and the object. */
export const principalTags: Readonly<Record<string, string>> = { team: 'payments', Stage: 'prod' }
export const resourceTags: Readonly<Record<string, string>> = { team: 'payments', tier: 'gold' }
/** What the listing of the bucket asks for. */
export const listing = { prefix: 'reports/', maxKeys: 10 } as const

/** One question to AWS with every policy that takes part. */
export interface Case {
  readonly caller: 'user' | 'role'
  readonly call: Call
  readonly identity: readonly Json[]
  readonly boundary?: Json | undefined
  /** Of the role's session only. */
  readonly session?: Json | undefined
  /** Of the key, secret or bucket. A key has one always: without it, the one that AWS gives to new keys. */
  readonly resource?: Json | undefined
}

export const resourceOf = ({ resources }: StandFacts, { call }: Pick<Case, 'call'>): string => resources[calls[call].on]

/** The policy of a new key. https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html */
export const accountDecides = (account: string): Json => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }],
})
