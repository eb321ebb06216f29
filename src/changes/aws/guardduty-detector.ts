import type { GetDetectorResponse } from '@aws-sdk/client-guardduty'
import { UserError } from '#base/errors.ts'
import type { Target } from '#model/change.ts'
import { sameValue } from '#model/comparison.ts'
import type { Kinds } from '#model/kinds.ts'
import { ownerTag } from '#model/owner.ts'
import { plannedIn } from '#model/planned-id.ts'
import type { Live, Writer } from '../writer.ts'
import { call, found, lastOf, type AwsAccess } from './aws-access.ts'
import { guarddutyOf, type GuardDuty } from './clients.ts'

type Detector = Kinds['aws/guardduty/Detector']

/** The detector of the region, which has one at most: a planned one is found as whichever is there. */
export function detectorWriter(access: AwsAccess): Writer<'aws/guardduty/Detector'> {
  const connected = guarddutyOf(access)
  return {
    read: async target => read(await connected(), target),
    create: async (_target, body) => create(await connected(), body),
    update: async (target, before, after) => update(await connected(), target, before.body, after),
    delete: async target => remove(await connected(), target),
    idOf: async target => idOf(await connected(), target),
  }
}

async function idOf({ guardduty, commands }: GuardDuty, { id }: Target): Promise<string | undefined> {
  if (plannedIn(id) === undefined) return lastOf(id)
  const { DetectorIds = [] } = await call('guardduty', 'ListDetectors', () => guardduty.send(new commands.ListDetectorsCommand({})))
  return DetectorIds[0]
}

async function read(client: GuardDuty, target: Target): Promise<Live<'aws/guardduty/Detector'> | undefined> {
  const DetectorId = await idOf(client, target)
  if (DetectorId === undefined) return undefined
  const { guardduty, commands } = client
  const answer: GetDetectorResponse | undefined = await found('guardduty', 'GetDetector', () =>
    guardduty.send(new commands.GetDetectorCommand({ DetectorId })),
  )
  if (answer === undefined) return undefined
  if (plannedIn(target.id) === undefined) return { body: { ...answer, Arn: target.id, DetectorId } as unknown as Detector }
  const body = { ...answer, Features: (answer.Features ?? []).flatMap(ofEks), Arn: target.id, DetectorId: target.id }
  return { body: body as unknown as Detector }
}

/** A planned detector says of these alone what they shall be; AWS chooses the rest. */
const planned: readonly (string | undefined)[] = ['EKS_AUDIT_LOGS', 'RUNTIME_MONITORING']

function ofEks<
  F extends {
    readonly Name?: string | undefined
    readonly AdditionalConfiguration?: readonly { readonly Name?: string | undefined }[] | undefined
  },
>(feature: F): readonly F[] {
  if (!planned.includes(feature.Name)) return []
  const { AdditionalConfiguration } = feature
  if (AdditionalConfiguration === undefined) return [feature]
  return [{ ...feature, AdditionalConfiguration: AdditionalConfiguration.filter(({ Name }) => Name === 'EKS_ADDON_MANAGEMENT') }]
}

type Features = NonNullable<Detector['Features']>

/** A feature as it is set: without when it was. */
const settingOf = ({ Name, Status, AdditionalConfiguration }: Features[number]) => ({
  Name,
  Status,
  ...(AdditionalConfiguration === undefined
    ? {}
    : { AdditionalConfiguration: AdditionalConfiguration.map(({ Name: name, Status: status }) => ({ Name: name, Status: status })) }),
})

async function create({ guardduty, commands }: GuardDuty, { Features = [] }: Detector): Promise<void> {
  const input = { Enable: true, Features: Features.map(settingOf) as never, Tags: { [ownerTag.Key]: ownerTag.Value } }
  await call('guardduty', 'CreateDetector', () => guardduty.send(new commands.CreateDetectorCommand(input)))
}

/** One request for each feature: GuardDuty refuses one that names both of runtime monitoring. https://docs.aws.amazon.com/guardduty/latest/APIReference/API_DetectorFeatureConfiguration.html */
async function update(client: GuardDuty, target: Target, before: Detector, after: Detector): Promise<void> {
  const { guardduty, commands } = client
  const DetectorId = await idOf(client, target)
  const send = (input: object) =>
    call('guardduty', 'UpdateDetector', () => guardduty.send(new commands.UpdateDetectorCommand({ DetectorId, ...input })))
  if (before.Status !== after.Status) await send({ Enable: after.Status === 'ENABLED' })
  for (const feature of after.Features ?? []) {
    const had = before.Features?.find(({ Name }) => Name === feature.Name)
    const wanted = settingOf(feature)
    if (had === undefined || !sameValue(settingOf(had), wanted)) await send({ Features: [wanted] })
  }
}

/** @throws UserError `HOLDS_DATA` when it found something: findings go with it */
async function remove(client: GuardDuty, target: Target): Promise<void> {
  const { guardduty, commands } = client
  const DetectorId = await idOf(client, target)
  if (DetectorId === undefined) return
  const { FindingIds = [] } = await call('guardduty', 'ListFindings', () =>
    guardduty.send(new commands.ListFindingsCommand({ DetectorId, MaxResults: 1 })),
  )
  if (FindingIds.length > 0)
    throw new UserError('HOLDS_DATA', `detector ${DetectorId} has findings, which would be deleted with it`, {
      help: 'keep it, or delete it by hand once its findings are dealt with; then undo again',
    })
  await found('guardduty', 'DeleteDetector', () => guardduty.send(new commands.DeleteDetectorCommand({ DetectorId })))
}
