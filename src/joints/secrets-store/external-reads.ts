import type { Context } from '#iam/request.ts'
import { accessKinds } from '#joints/access.ts'
import { mechanismKinds, type Mechanism } from '#joints/access-mechanism.ts'
import type { WorkloadReader } from '#joints/access-workload.ts'
import { workloadKinds } from '#joints/workloads.ts'
import type { Evidence } from '#model/resource.ts'
import { skip, unknown, type Verdict } from '#model/verdict.ts'
import { judgeNeed } from '../irsa/need.ts'
import { askedOf, type Asked, type ExternalSecret, type ExternalSecretReader } from './external-secrets.ts'
import { askerOf, type Asker, type JudgedRead } from './reads.ts'
import { awsOf, storeKinds, storeOf, storeText, type SecretStore, type StoreReader } from './secret-stores.ts'
import { settled } from './settled.ts'
import { storeSession } from './store-identity.ts'
import { homeOf, parameterOf, secretOf, type Home, type Parameter, type Secret, type StoredReader } from './stored.ts'

/** What it takes to know what an ExternalSecret asks of AWS, by whom. */
export const externalKinds = [
  ...new Set([...workloadKinds, ...accessKinds, ...mechanismKinds, ...storeKinds, 'k8s/ExternalSecret', 'aws/ssm/Parameter'] as const),
]

export type ExternalReader = ExternalSecretReader & StoreReader & StoredReader & WorkloadReader

/** One thing that an ExternalSecret asks AWS for, through a store. */
export interface External {
  readonly asked: Asked
  readonly store: SecretStore
  readonly service: 'SecretsManager' | 'ParameterStore'
  readonly region: string
  /** With the prefix of the store. */
  readonly name: string
  readonly mechanism: Mechanism
  readonly home: Home
}

/** Asks about everything that an ExternalSecret asks AWS for by name. What other checks tell is skipped. */
export const overAsked = (world: ExternalReader, externalSecret: ExternalSecret, ask: (external: External) => Verdict): Verdict =>
  settled(
    askedOf(externalSecret),
    asked => {
      const external = externalOf(world, asked)
      return 'is' in external ? external : ask(external)
    },
    'it asks for nothing by its name',
  )

function externalOf(world: ExternalReader, asked: Asked): External | Verdict {
  const { externalSecret, store: ref, key } = asked
  const store = storeOf(world, externalSecret, ref)
  if (store === undefined) return skip('its store does not exist: secrets-store/store-missing says so')
  const aws = awsOf(store)
  if (aws === undefined) return skip('its store is of another provider')
  const { service, region, prefix = '' } = aws
  if (service !== 'SecretsManager' && service !== 'ParameterStore') return skip(`its store is of ${service}`)
  const mechanism = storeSession(world, store, externalSecret.body.metadata.namespace)
  if (mechanism === undefined) return skip('the service account of its store has no role: secrets-store/store-identity-missing says so')
  const { session, roleArn } = mechanism
  const home = roleArn === undefined ? undefined : homeOf(roleArn)
  if (home === undefined) return session.is === 'unknown' ? unknown(session.fact) : skip('its store asks by no role')
  return { asked, store, service, region, name: `${prefix}${key}`, mechanism, home }
}

/** Who asks; a verdict where nobody does, or nobody could tell. */
export function externalAsker(world: ExternalReader, { mechanism }: External): (Asker & { readonly is: 'asks' }) | Verdict {
  const asker = askerOf(world, mechanism)
  if (asker.is === 'none') return skip(asker.why)
  return asker.is === 'unknown' ? unknown(asker.fact) : asker
}

/** @throws Unread when it was not read */
export const externalStored = (world: StoredReader, external: External): Secret | Parameter | undefined =>
  external.service === 'SecretsManager' ? secretOf(world, external, external.home) : parameterOf(world, external, external.home)

/**
 * What exists, judged for the one call that reads it; undefined when there is nothing, or only tags of a parameter are read.
 * https://github.com/external-secrets/external-secrets/blob/main/providers/v1/aws/secretsmanager/secretsmanager.go (constructSecretValue)
 * @throws Unread when it was not read
 */
export function externalRead(world: ExternalReader, external: External, asker: Asker): JudgedRead | undefined {
  const { asked, service } = external
  const stored = externalStored(world, external)
  if (stored === undefined) return undefined
  const isSecret = service === 'SecretsManager'
  if (!isSecret && !asked.value) return undefined
  const action = isSecret ? `secretsmanager:${asked.value ? 'GetSecretValue' : 'DescribeSecret'}` : 'ssm:GetParameter'
  const context = isSecret && asked.value ? versionContext(asked) : undefined
  const at = externalEvidence(external, 'it asks for this')
  const need = { action, resource: stored.id, by: 'policy' as const, at, ...(context === undefined ? {} : { context }) }
  return { stored, judged: judgeNeed(world, asker.caller, need) }
}

/** The label AWSCURRENT unless a version is asked for: `uuid/` and an id, else a label. */
function versionContext({ version }: Asked): Context {
  if (version?.startsWith('uuid/') === true)
    return {
      'secretsmanager:VersionId': version.slice('uuid/'.length),
      'secretsmanager:VersionStage': { unknown: 'which labels the version has' },
    }
  return { 'secretsmanager:VersionId': null, 'secretsmanager:VersionStage': version ?? 'AWSCURRENT' }
}

/** Where the ExternalSecret names it. */
export const externalEvidence = ({ asked: { externalSecret, path } }: External, label: string): Evidence =>
  externalSecret.at([...path, 'key'], label)

/** `secret shop/db`, `parameter /shop/rates`. */
export const externalText = ({ service, name }: External): string => `${service === 'SecretsManager' ? 'secret' : 'parameter'} ${name}`

/** `ExternalSecret shop/db through SecretStore shop/aws`. */
export const throughText = ({ asked: { externalSecret }, store }: External): string =>
  `ExternalSecret ${externalSecret.id} through ${storeText(store)}`
