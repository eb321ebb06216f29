import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cache } from './build/cache.ts'
import { kubeconfig } from './control-plane/kubeconfig.ts'
import type { AwsCredentials, LabCoordinates } from './coordinates.ts'
import { clientSettings, iamRole, type IamPrincipal, iamUser, type PolicyDocument } from './iam-principal.ts'
import type { FleetInput } from './kwok/fleet.ts'
import { type Fleet, startKwok } from './kwok/start.ts'
import { run } from './process/run.ts'
import { type SecretsStoreOptions, setSecretsStore } from './secrets-store/install.ts'
import { forgeToken, mintToken } from './tokens.ts'
import { installWebhook, removeWebhook } from './webhook/install.ts'

export type { AwsCredentials, LabCoordinates } from './coordinates.ts'
export type { IamPrincipal, PolicyDocument } from './iam-principal.ts'

/** A running lab. Everything in it is real but AWS, which is ministack behind the lab's gateway. */
export interface Lab extends LabCoordinates {
  /** Its coordinates alone: plain data, from which `connectLab` makes a `Lab` in another process. */
  readonly coordinates: LabCoordinates
  /** Runs kubectl as administrator and answers its output. Throws `CommandFailed` with what kubectl said. */
  kubectl(...args: string[]): Promise<string>
  /** Applies manifests given as text. */
  kubectlApply(manifests: string): Promise<string>
  /** A token of the API server for that service account, which must exist; audience `sts.amazonaws.com` by default. */
  mintToken(namespace: string, serviceAccount: string, audience?: string | readonly string[]): Promise<string>
  /** A token the API server would not make, of the shape of one that it made. */
  forgeToken(like: string, change: Parameters<typeof forgeToken>[2]): Promise<string>
  /** Path of a kubeconfig for `lab-admin`, or `user-1` … `user-80`, who may do nothing until a test binds them. */
  kubeconfigFor(user: string): Promise<string>
  /** An IAM user (`iamRole`: a session of a role) that may do what the policy says, and nothing without one. */
  iamUser(policy?: PolicyDocument): Promise<IamPrincipal>
  iamRole(policy?: PolicyDocument): Promise<IamPrincipal>
  /** Settings for the constructor of any AWS SDK client: `new IAMClient(lab.aws())`. */
  aws(credentials?: AwsCredentials): ReturnType<typeof clientSettings>
  /** Makes pods go through the pod identity webhook from now on, as on EKS; `removeWebhook` undoes it. */
  installWebhook(): Promise<void>
  removeWebhook(): Promise<void>
  /** Lets the node mount secrets, wholly or in a way that is broken as the options say; the last call holds. */
  secretsStore(options?: SecretsStoreOptions): Promise<void>
  /** Fills the lab with fake nodes and with pods that seem to run on them, for good: not for a lab that suites share. */
  kwok(input: FleetInput): Promise<Fleet>
  /** Ends the lab if this process started it. */
  close(): Promise<void>
}

/** Speaks to a lab that another process started; closing it does nothing. */
export function connectLab(coordinates: LabCoordinates): Lab {
  const kubectl = (args: readonly string[], input?: string) =>
    run([join(cache.binaries, 'kubectl'), '--kubeconfig', coordinates.kubeconfig, ...args], input ? { input } : {})
  return {
    ...coordinates,
    coordinates,
    kubectl: (...args) => kubectl(args),
    kubectlApply: manifests => kubectl(['apply', '-f', '-'], manifests),
    mintToken: (namespace, account, audience) => mintToken(coordinates, namespace, account, audience),
    forgeToken: (like, change) => forgeToken(coordinates, like, change),
    kubeconfigFor: user => kubeconfigFor(coordinates, user),
    iamUser: policy => iamUser(coordinates, policy),
    iamRole: policy => iamRole(coordinates, policy),
    aws: credentials => clientSettings(coordinates, credentials),
    installWebhook: () => installWebhook(coordinates),
    removeWebhook: () => removeWebhook(coordinates),
    secretsStore: options => setSecretsStore(coordinates, options),
    kwok: input => startKwok(coordinates, input),
    close: () => Promise.resolve(),
  }
}

async function kubeconfigFor(lab: LabCoordinates, user: string): Promise<string> {
  const token = lab.userTokens[user]
  if (token === undefined) throw new Error(`no user ${user} in lab ${lab.name}; there are user-1 to user-80`)
  const path = join(lab.runDirectory, 'cluster', `${user}.kubeconfig`)
  const { clusterName, apiServer, certificateAuthority } = lab
  await writeFile(path, kubeconfig({ name: clusterName, server: apiServer, certificateAuthority, user, token }), {
    mode: 0o600,
  })
  return path
}
