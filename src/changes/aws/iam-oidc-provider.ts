import { UserError } from '#base/errors.ts'
import type { OpenIDConnectProviderBody } from '#model/kinds.ts'
import type { Live, Writer } from '../writer.ts'
import { call, found, ownerTag, type AwsAccess } from './aws-access.ts'
import { iamOf, type Iam } from './clients.ts'

type Provider = OpenIDConnectProviderBody

/** OIDC providers with the audiences that they take, as iam:GetOpenIDConnectProvider gives them. Thumbprints are left to IAM. */
export function oidcProviderWriter(access: AwsAccess): Writer<'aws/iam/OpenIDConnectProvider'> {
  const connected = iamOf(access)
  return {
    read: async ({ id }) => read(await connected(), id),
    create: async (_target, body) => create(await connected(), body),
    update: async ({ id }, before, after) => update(await connected(), id, before.body, after),
    delete: async ({ id }) => remove(await connected(), id),
  }
}

async function read({ iam, commands }: Iam, OpenIDConnectProviderArn: string): Promise<Live<'aws/iam/OpenIDConnectProvider'> | undefined> {
  const answer = await found('iam', 'GetOpenIDConnectProvider', () =>
    iam.send(new commands.GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn })),
  )
  if (answer === undefined) return undefined
  const { $metadata: _metadata, CreateDate: _created, ...rest } = answer
  return { body: { ...rest, Arn: OpenIDConnectProviderArn } }
}

/** IAM wants the URL with its scheme and gives it back without. https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html */
async function create({ iam, commands }: Iam, { Url = '', ClientIDList, Tags = [] }: Provider): Promise<void> {
  const input = {
    Url: `https://${Url}`,
    ClientIDList: [...(ClientIDList ?? [])],
    Tags: [...Tags.filter(({ Key }) => Key !== ownerTag.Key).map(({ Key, Value }) => ({ Key, Value })), ownerTag],
  }
  await call('iam', 'CreateOpenIDConnectProvider', () => iam.send(new commands.CreateOpenIDConnectProviderCommand(input)))
}

async function update({ iam, commands }: Iam, OpenIDConnectProviderArn: string, before: Provider, after: Provider): Promise<void> {
  if (before.Url !== after.Url)
    throw new UserError('CHANGE_CONFLICT', 'the issuer of an OIDC provider cannot change', { help: 'plan again' })
  const [had, has] = [new Set(before.ClientIDList), new Set(after.ClientIDList)]
  for (const ClientID of [...has].filter(id => !had.has(id))) {
    const input = { OpenIDConnectProviderArn, ClientID }
    await call('iam', 'AddClientIDToOpenIDConnectProvider', () => iam.send(new commands.AddClientIDToOpenIDConnectProviderCommand(input)))
  }
  for (const ClientID of [...had].filter(id => !has.has(id))) {
    const input = { OpenIDConnectProviderArn, ClientID }
    await call('iam', 'RemoveClientIDFromOpenIDConnectProvider', () =>
      iam.send(new commands.RemoveClientIDFromOpenIDConnectProviderCommand(input)),
    )
  }
}

async function remove({ iam, commands }: Iam, OpenIDConnectProviderArn: string): Promise<void> {
  await found('iam', 'DeleteOpenIDConnectProvider', () =>
    iam.send(new commands.DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn })),
  )
}
