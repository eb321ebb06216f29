/** A context key that is set, or perhaps not, to something that nobody read. The text says what was not read. */
export interface UnknownValue {
  readonly unknown: string
}

/** Text is one value, an array is a multi-valued key (one element counts as one value), null is known to be absent. */
export type ContextValue = string | readonly string[] | null | UnknownValue

/** Condition keys in any case; AWS compares them without case, tag keys included. */
export type Context = Readonly<Record<string, ContextValue>>

/** What holds for keys that the context does not list; the last two forms name prefixes in lower case, everything else being the other way. */
export type UnlistedKeys = 'absent' | 'unknown' | { readonly unknown: readonly string[] } | { readonly absent: readonly string[] }

/** Who asks. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html */
export type Principal =
  | {
      readonly kind: 'roleSession'
      /** With its path: `arn:aws:iam::111122223333:role/team/reader`. */
      readonly roleArn: string
      readonly sessionName: string
      /** `AROA…`, when it was read: policies name deleted and recreated roles by it. */
      readonly uniqueId?: string
      /** A session's ARN carries no path: say so when the role ARN was made from one, and names are compared without it. */
      readonly pathUnknown?: boolean
    }
  | { readonly kind: 'user'; readonly arn: string; /** `AIDA…` */ readonly uniqueId?: string }
  | { readonly kind: 'root'; readonly account: string; readonly partition: string; readonly canonicalId?: string }
  | { readonly kind: 'federatedUser'; readonly arn: string }
  | {
      readonly kind: 'webIdentity'
      /** ARN of the OIDC provider, or a built-in name such as `accounts.google.com`. */ readonly provider: string
    }
  | { readonly kind: 'saml'; readonly provider: string }
  | { readonly kind: 'service'; readonly name: string }
  | { readonly kind: 'anonymous' }

/** One question: may this principal do this action on this resource, under these facts. */
export interface Request {
  readonly principal: Principal
  /** `service:Operation`, any case. */
  readonly action: string
  /** One concrete ARN, or `*` for an action that takes no resource. */
  readonly resource: string
  /** Owner of the resource, for ARNs that carry no account (S3). */
  readonly resourceAccount?: string
  readonly context: Context
  /** Default `absent`. */
  readonly unlistedKeys?: UnlistedKeys
  readonly organization?: {
    /** Service control policies never bind the management account. */
    readonly principalInManagementAccount?: boolean
    /** Nor do resource control policies bind its resources. */
    readonly resourceInManagementAccount?: boolean
  }
  /** The KMS key is one that AWS manages (`aws/ebs`): usable in its own account only, exempt from resource control policies. */
  readonly awsManagedKey?: boolean
}
