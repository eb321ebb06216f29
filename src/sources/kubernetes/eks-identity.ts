/** Which EKS cluster a kubeconfig speaks of. */
export interface EksIdentity {
  readonly name: string
  readonly region?: string
  readonly account?: string
  /** Where the name was found. `server` is a guess: the host names only the region, so the name is the kubeconfig's own for the cluster. */
  readonly from: 'arn' | 'exec' | 'eksctl' | 'server'
}

/** The parts of a kubeconfig that can name an EKS cluster. */
export interface KubeconfigNames {
  readonly context: string
  readonly cluster: string
  readonly user?: string
  readonly server: string
  readonly exec?: { readonly command?: unknown; readonly args?: unknown; readonly env?: unknown }
}

type Found = Partial<Omit<EksIdentity, 'from'>> & Pick<EksIdentity, 'from'>

/** Undefined when nothing in the kubeconfig names an EKS cluster. */
export function eksIdentity(names: KubeconfigNames): EksIdentity | undefined {
  const found = [
    fromArn(names.cluster),
    fromExec(names),
    fromArn(names.context),
    fromEksctl(names.cluster),
    fromEksctl(names.context),
    fromEksctl(names.user ?? ''),
    fromServer(names),
  ].filter(identity => identity !== undefined)
  const named = found.find(identity => identity.name !== undefined)
  if (named?.name === undefined) return undefined
  // Others may only add what the first leaves out, and only when they speak of the same cluster; the server's host always does.
  const same = found.filter(identity => identity.name === named.name || identity.from === 'server')
  const region = same.find(identity => identity.region !== undefined)?.region
  const account = same.find(identity => identity.account !== undefined)?.account
  return {
    name: named.name,
    ...(region === undefined ? {} : { region }),
    ...(account === undefined ? {} : { account }),
    from: named.from,
  }
}

const arn = /^arn:aws[a-z-]*:eks:([a-z0-9-]+):(\d{12}):cluster\/(.+)$/

/** `aws eks update-kubeconfig` names context, cluster and user by the cluster's ARN. */
function fromArn(text: string): Found | undefined {
  const [, region, account, name] = arn.exec(text) ?? []
  return region === undefined || account === undefined || name === undefined ? undefined : { name, region, account, from: 'arn' }
}

/** `user@prod.eu-west-1.eksctl.io`. https://docs.aws.amazon.com/eks/latest/eksctl/getting-started.html */
function fromEksctl(text: string): Found | undefined {
  const [, name, region] = /^(?:.*@)?([A-Za-z0-9_-]+)\.([a-z0-9-]+)\.eksctl\.io$/.exec(text) ?? []
  return name === undefined || region === undefined ? undefined : { name, region, from: 'eksctl' }
}

/** `https://0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com`, `….eks.amazonaws.com.cn`. */
function fromServer(names: KubeconfigNames): Found | undefined {
  const host = URL.canParse(names.server) ? new URL(names.server).hostname : ''
  const [, region] = /\.([a-z]{2}(?:-[a-z]+)+-\d+)\.eks\.amazonaws\.com(?:\.[a-z]+)?$/.exec(host) ?? []
  if (region === undefined) return undefined
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(names.cluster)
    ? { name: names.cluster, region, from: 'server' }
    : { region, from: 'server' }
}

/** `aws eks get-token --cluster-name X --region Y`, `aws-iam-authenticator token -i X`. */
function fromExec({ exec }: KubeconfigNames): Found | undefined {
  if (exec === undefined || typeof exec.command !== 'string' || !Array.isArray(exec.args)) return undefined
  const args = exec.args.filter(arg => typeof arg === 'string')
  const command = exec.command
    .split(/[\\/]/)
    .at(-1)
    ?.replace(/\.exe$/, '')
  const isAws = command === 'aws' && args.includes('get-token')
  if (!isAws && command !== 'aws-iam-authenticator') return undefined
  const name = flag(args, '--cluster-name') ?? flag(args, '--cluster-id') ?? (isAws ? undefined : flag(args, '-i'))
  const region = flag(args, '--region') ?? environment(exec.env, 'AWS_REGION') ?? environment(exec.env, 'AWS_DEFAULT_REGION')
  return { ...(name === undefined ? {} : { name }), ...(region === undefined ? {} : { region }), from: 'exec' }
}

function flag(args: readonly string[], name: string): string | undefined {
  const at = args.findIndex(arg => arg === name || arg.startsWith(`${name}=`))
  const found = args[at]
  if (found === undefined) return undefined
  return found === name ? args[at + 1] : found.slice(name.length + 1)
}

function environment(env: unknown, name: string): string | undefined {
  if (!Array.isArray(env)) return undefined
  const entry = (env as readonly unknown[]).find(item => typeof item === 'object' && item !== null && 'name' in item && item.name === name)
  return typeof entry === 'object' && entry !== null && 'value' in entry && typeof entry.value === 'string' ? entry.value : undefined
}
