import { allKinds, isKind, isKubernetesKind, type AwsKind } from '#model/kinds.ts'
import { accountMessage, accountText } from './account.ts'
import { takeBroken } from './broken-document.ts'
import { isMap } from './conform.ts'
import { ignore, type Harvest } from './harvest.ts'
import { parseCluster, parseHeader } from './header.ts'
import { kindsNamed, kubernetesKind } from './kubernetes-object.ts'
import type { BrokenDocument, ReadDocument } from './parse-documents.ts'
import { inside, placeText, problemAt, type Seat } from './seat.ts'
import { quiet, quietProblems } from './secret-lines.ts'
import { takeAws, type Given } from './take-aws.ts'
import { takeAwsOutput } from './take-aws-output.ts'
import { takeKubernetes, unread } from './take-kubernetes.ts'

/** What earlier documents of the same file say about later ones. */
export interface FileContext {
  cluster: string | undefined
}

type Found = Record<string, unknown>

/**
 * Takes what one document holds.
 * @throws UserError `SNAPSHOT_VERSION`, `SNAPSHOT_HEADER`
 */
export function takeDocument(harvest: Harvest, document: ReadDocument | BrokenDocument, context: FileContext): void {
  if ('broken' in document) return takeBroken(harvest, document, context.cluster)
  const { fragment, value, items } = document
  harvest.problems.push(...quietProblems(document.problems, () => fragment.source.text.slice(fragment.start, fragment.end)))
  if (isMap(value) && items !== undefined && isList(value)) {
    const seatOf = (index: number): Seat => {
      const span = items[index]
      if (span === undefined) return { fragment, path: ['items', index] }
      return { fragment: { ...fragment, ...span, within: { fragment, path: ['items', index] } }, path: [] }
    }
    takeItems(harvest, value, seatOf, context)
  } else takeValue(harvest, value, { fragment, path: [] }, context)
}

function takeValue(harvest: Harvest, value: unknown, seat: Seat, context: FileContext): void {
  if (value === undefined || value === null) return
  if (Array.isArray(value)) return value.forEach((item, index) => takeValue(harvest, item, inside(seat, index), context))
  if (!isMap(value)) return ignore(harvest, 'a plain value')
  const { kind, apiVersion } = value
  if (kind === undefined) return takeAwsOutput(harvest, value, seat) ? undefined : ignore(harvest, 'without a kind')
  if (typeof kind !== 'string' || (apiVersion !== undefined && typeof apiVersion !== 'string'))
    return takeUntyped(harvest, value, seat, context)
  if (kind.startsWith('mortise/')) return takeMark(harvest, kind, value, seat, context)
  if (kind.startsWith('aws/')) return isKind(kind) ? takeSaved(harvest, kind as AwsKind, value, seat) : ignore(harvest, kind)
  if (isList(value)) return takeItems(harvest, value, index => inside(seat, 'items', index), context)
  takeObject(harvest, value as Found & { kind: string; apiVersion?: string }, seat, context)
}

const isList = (value: Found): boolean => typeof value.kind === 'string' && value.kind.endsWith('List') && Array.isArray(value.items)

/** Items of a typed list (`PodList`) may leave out apiVersion and kind, as the API server does. */
function takeItems(harvest: Harvest, list: Found, seatOf: (index: number) => Seat, context: FileContext): void {
  const listed = String(list.kind).slice(0, -'List'.length)
  const kind = listed !== '' && typeof list.apiVersion === 'string' ? kubernetesKind(list.apiVersion, listed) : undefined
  for (const [index, item] of (list.items as unknown[]).entries()) {
    if (kind !== undefined && isMap(item) && item.kind === undefined) takeKubernetes(harvest, kind, item, seatOf(index), context.cluster)
    else takeValue(harvest, item, seatOf(index), context)
  }
}

function takeObject(harvest: Harvest, value: Found & { kind: string; apiVersion?: string }, seat: Seat, context: FileContext): void {
  const { kind, apiVersion } = value
  if (apiVersion === undefined) {
    const meant = kindsNamed(kind)
    if (meant.length === 0) return ignore(harvest, kind)
    const problem = problemAt(seat, ['kind'], 'NO_API_VERSION', `this ${kind} has no apiVersion`, 'add it')
    harvest.problems.push(kind === 'Secret' ? quiet(problem) : problem)
    harvest.unread.push(...meant.map(each => ({ kind: each, where: { cluster: context.cluster }, ...unread(seat) })))
    return
  }
  const known = kubernetesKind(apiVersion, kind)
  if (known === undefined) ignore(harvest, `${apiVersion}/${kind}`)
  else takeKubernetes(harvest, known, value, seat, context.cluster)
}

/** A kind that is no text: it could be anything that an API server would refuse, or a file of another program. */
function takeUntyped(harvest: Harvest, value: Found, seat: Seat, context: FileContext): void {
  const field = typeof value.kind === 'string' ? 'apiVersion' : 'kind'
  if (value.apiVersion === undefined) return ignore(harvest, 'without a kind')
  harvest.problems.push(problemAt(seat, [field], 'KIND_NOT_TEXT', `${field} must be a text`))
  const kinds = allKinds.filter(isKubernetesKind)
  harvest.unread.push(...kinds.map(kind => ({ kind, where: { cluster: context.cluster }, ...unread(seat) })))
}

function takeMark(harvest: Harvest, kind: string, value: Found, seat: Seat, context: FileContext): void {
  if (kind === 'mortise/Cluster') {
    context.cluster = parseCluster(value, () => placeText(seat))
    harvest.clusters.add(context.cluster)
    return
  }
  if (kind !== 'mortise/World') return ignore(harvest, kind)
  const header = parseHeader(value, () => placeText(seat))
  if (header.cluster !== undefined) {
    context.cluster = header.cluster
    harvest.clusters.add(header.cluster)
  }
  harvest.read.push(...header.read)
  harvest.unread.push(
    ...header.unread.map(({ scope, kind: unreadKind, ...entry }) => ({
      ...entry,
      kind: unreadKind as AwsKind,
      where: scope === undefined ? ('anywhere' as const) : { scope },
    })),
  )
  if (header.readAt !== undefined) harvest.readAt.push(header.readAt)
}

/** The snapshot form: the API's own fields beside `kind`, and perhaps `account` and `region`. */
function takeSaved(harvest: Harvest, kind: AwsKind, value: Found, seat: Seat): void {
  const { kind: _, account, region, ...body } = value
  const given: Given = {
    ...(account === undefined ? {} : { account: accountText(account) ?? '' }),
    ...(region === undefined || typeof region !== 'string' ? {} : { region }),
  }
  if (given.account !== '') return void takeAws(harvest, kind, body, seat, given)
  harvest.problems.push(problemAt(seat, ['account'], 'WRONG_TYPE', accountMessage))
  harvest.unread.push({ kind, where: 'anywhere', ...unread(seat) })
}
