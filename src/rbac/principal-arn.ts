/** An IAM principal as EKS sees the caller of sts:GetCallerIdentity. */
export interface Caller {
  readonly accountId: string
  /**
   * What aws-auth is compared with: the role's ARN without its path for sessions, else the caller's own ARN.
   * (`Canonicalize` of kubernetes-sigs/aws-iam-authenticator, pkg/arn/arn.go)
   */
  readonly canonicalArn: string
  /** Of a session of a role. */
  readonly sessionName?: string
}

const arnOf = (
  arn: string,
): { readonly partition: string; readonly service: string; readonly accountId: string; readonly resource: string } | undefined => {
  const [prefix, partition, service, , accountId, ...resource] = arn.split(':')
  if (prefix !== 'arn' || !partition || !service || !accountId || resource.length === 0) return undefined
  return { partition, service, accountId, resource: resource.join(':') }
}

/** The caller behind an ARN as STS gives it, or undefined when it is none that EKS accepts. */
export function callerOf(arn: string): Caller | undefined {
  const parsed = arnOf(arn)
  if (parsed === undefined) return undefined
  const { partition, service, accountId, resource } = parsed
  const [type = '', ...rest] = resource.split('/')
  if (service === 'sts' && type === 'assumed-role') {
    const sessionName = rest.at(-1)
    if (rest.length < 2 || sessionName === undefined) return undefined
    return { accountId, canonicalArn: `arn:${partition}:iam::${accountId}:role/${rest.slice(0, -1).join('/')}`, sessionName }
  }
  const known = service === 'sts' ? type === 'federated-user' : service === 'iam' && ['role', 'user', 'root'].includes(type)
  return known ? { accountId, canonicalArn: arn } : undefined
}

/** An IAM role or user as a caller. Sessions of a role never show its path. The session's name is chosen by whoever assumes the role. */
export function callerOfPrincipal(principalArn: string, sessionName?: string): Caller | undefined {
  const caller = callerOf(principalArn)
  if (caller === undefined) return undefined
  return { ...caller, canonicalArn: withoutRolePath(caller.canonicalArn), ...(sessionName === undefined ? {} : { sessionName }) }
}

/** `arn:aws:iam::111122223333:role/team/reader` → `arn:aws:iam::111122223333:role/reader`; users keep their path. */
export function withoutRolePath(arn: string): string {
  const at = arn.indexOf(':role/')
  return at < 0 ? arn : `${arn.slice(0, at)}:role/${arn.slice(arn.lastIndexOf('/') + 1)}`
}

export const hasRolePath = (arn: string): boolean => withoutRolePath(arn) !== arn
