import { z } from 'zod'
import { UserError } from '#base/errors.ts'
import { allKinds, isKind, isKubernetesKind, type Kind } from '#model/kinds.ts'
import type { Scope } from '#model/resource.ts'
import type { Coverage, UnreadEntry } from '#model/world.ts'
import { accountMessage, accountText } from './account.ts'

/** What the documents after the header may rely on. */
export interface Header {
  readonly cluster: string | undefined
  readonly readAt: string | undefined
  readonly read: readonly Coverage[]
  readonly unread: readonly UnreadEntry[]
}

const kind = z.string().refine(isKind, { error: issue => `${JSON.stringify(issue.input)} is not a kind: one of ${allKinds.join(', ')}` })

const account = z.unknown().transform((value, context) => {
  const text = accountText(value)
  if (text !== undefined) return text
  context.addIssue({ code: 'custom', message: accountMessage })
  return z.NEVER
})

const where = {
  cluster: z.string().optional(),
  account: account.optional(),
  region: z.string().optional(),
  clusterName: z.string().optional(),
  namespace: z.string().optional(),
  vpc: z.string().optional(),
}

const settle = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('iam'), action: z.string(), resource: z.string().optional() }),
  z.strictObject({ by: z.literal('rbac'), verb: z.string(), group: z.string(), resource: z.string(), namespace: z.string().optional() }),
  z.strictObject({ by: z.literal('user'), step: z.string() }),
])

const headerSchema = z.strictObject({
  kind: z.literal('mortise/World'),
  version: z.literal(1),
  cluster: z.string().optional(),
  readAt: z.iso.datetime({ offset: true }).optional(),
  read: z.array(z.union([kind, z.strictObject({ kind, id: z.string().optional(), ...where })])).optional(),
  unread: z.array(z.strictObject({ kind, id: z.string().optional(), ...where, reason: z.string(), settle: settle.optional() })).optional(),
})

const clusterSchema = z.strictObject({ kind: z.literal('mortise/Cluster'), name: z.string().min(1) })

/**
 * @throws UserError `SNAPSHOT_VERSION` for a version that this program does not know, `SNAPSHOT_HEADER` when the header is not one.
 */
export function parseHeader(value: unknown, place: Place): Header {
  const { version } = value as { version?: unknown }
  if (version !== 1) {
    throw new UserError(
      'SNAPSHOT_VERSION',
      `this snapshot has version ${JSON.stringify(version) ?? 'none'}, and this program reads version 1`,
      {
        where: place(),
        help: 'read it with the version of mortise that wrote it, or write version: 1',
      },
    )
  }
  const header = parsed(headerSchema, value, place)
  return {
    cluster: header.cluster,
    readAt: header.readAt,
    read: (header.read ?? []).map(entry =>
      typeof entry === 'string'
        ? { kind: entry }
        : { kind: entry.kind, ...(entry.id === undefined ? {} : { id: entry.id }), ...located(entry, place) },
    ),
    unread: (header.unread ?? []).map(entry => ({
      kind: entry.kind,
      ...(entry.id === undefined ? {} : { id: entry.id }),
      ...located(entry, place),
      reason: entry.reason,
      ...(entry.settle === undefined ? {} : { settle: entry.settle as NonNullable<UnreadEntry['settle']> }),
    })),
  }
}

/** The name in a `kind: mortise/Cluster` document. @throws UserError `SNAPSHOT_HEADER` */
export const parseCluster = (value: unknown, place: Place): string => parsed(clusterSchema, value, place).name

function parsed<T>(schema: z.ZodType<T>, value: unknown, place: Place): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const path = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `
  throw new UserError('SNAPSHOT_HEADER', `${path}${issue?.message ?? 'it is not understood'}`, {
    where: place(),
    help: 'see docs/guide/snapshot-format.md',
  })
}

/** Told only when something is wrong: finding it costs a look at the whole file. */
type Place = () => string

interface Where {
  readonly kind: Kind
  readonly cluster?: string | undefined
  readonly account?: string | undefined
  readonly region?: string | undefined
  readonly clusterName?: string | undefined
  readonly namespace?: string | undefined
  readonly vpc?: string | undefined
}

function located(entry: Where, place: Place): { scope?: Scope; namespace?: string; vpc?: string } {
  const isMisplaced = isKubernetesKind(entry.kind)
    ? (entry.account ?? entry.region ?? entry.clusterName ?? entry.vpc) !== undefined
    : entry.cluster !== undefined ||
      entry.namespace !== undefined ||
      (entry.account === undefined && (entry.region ?? entry.clusterName ?? entry.vpc) !== undefined)
  if (isMisplaced) {
    throw new UserError(
      'SNAPSHOT_HEADER',
      `${entry.kind} lives in ${isKubernetesKind(entry.kind) ? 'a cluster' : 'an account, and perhaps a region of it'}`,
      {
        where: place(),
        help: 'see docs/guide/snapshot-format.md',
      },
    )
  }
  const namespace = entry.namespace === undefined ? {} : { namespace: entry.namespace }
  if (entry.cluster !== undefined) return { scope: { cluster: entry.cluster }, ...namespace }
  if (entry.account === undefined) return namespace
  const { account: owner, region, clusterName, vpc } = entry
  return {
    scope: { account: owner, ...(region === undefined ? {} : { region }), ...(clusterName === undefined ? {} : { clusterName }) },
    ...(vpc === undefined ? {} : { vpc }),
  }
}
