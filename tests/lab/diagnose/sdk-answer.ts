import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import type { Lab } from '../lab.ts'

interface Pod {
  readonly spec: {
    readonly serviceAccountName: string
    readonly containers: readonly {
      readonly env?: readonly { readonly name: string; readonly value?: string }[]
      readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[]
    }[]
    readonly volumes?: readonly {
      readonly name: string
      readonly projected?: {
        readonly sources: readonly { readonly serviceAccountToken?: { readonly audience?: string; readonly path: string } }[]
      }
    }[]
  }
}

/**
 * What the SDK in the first container of an app's pod says, in the order in which SDKs look for credentials: keys, then the token for the role.
 * STS is asked for real, with a token as the kubelet would have it. Undefined: it gets its credentials.
 */
export async function sdkAnswer(lab: Lab, namespace: string, app: string): Promise<string | undefined> {
  const listed = await lab.kubectl('get', 'pods', '--namespace', namespace, '--selector', `app=${app}`, '--output=json')
  const [pod] = (JSON.parse(listed) as { items: readonly Pod[] }).items
  const [container] = pod?.spec.containers ?? []
  if (pod === undefined || container === undefined) return undefined
  const variable = (name: string) => container.env?.find(each => each.name === name)?.value
  const [accessKeyId, secretAccessKey] = [variable('AWS_ACCESS_KEY_ID'), variable('AWS_SECRET_ACCESS_KEY')]
  if (accessKeyId !== undefined && secretAccessKey !== undefined)
    return refusal(() => new STSClient(lab.aws({ accessKeyId, secretAccessKey })).send(new GetCallerIdentityCommand({})))
  const [role, file] = [variable('AWS_ROLE_ARN'), variable('AWS_WEB_IDENTITY_TOKEN_FILE')]
  if (role === undefined || file === undefined) return 'NoCredentialProviders: no valid providers in chain'
  const audience = audienceAt(pod, file)
  if (audience === undefined) return `open ${file}: no such file or directory`
  const token = await lab.mintToken(namespace, pod.spec.serviceAccountName, audience)
  const input = { RoleArn: role, RoleSessionName: 'diagnosed', WebIdentityToken: token }
  return refusal(() => new STSClient(lab.aws()).send(new AssumeRoleWithWebIdentityCommand(input)))
}

/** The audience of the token that is mounted at a file of the first container. */
function audienceAt({ spec }: Pod, file: string): string | undefined {
  const mount = spec.containers[0]?.volumeMounts?.find(({ mountPath }) => file.startsWith(`${mountPath}/`))
  const volume = spec.volumes?.find(({ name }) => name === mount?.name)
  return volume?.projected?.sources.flatMap(({ serviceAccountToken }) => serviceAccountToken?.audience ?? [])[0]
}

async function refusal(ask: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await ask()
    return undefined
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return `An error occurred (${error.name}): ${error.message}`
  }
}
