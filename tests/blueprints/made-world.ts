import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jointBlueprints } from '#joints/blueprints.ts'
import type { Joint } from '#joints/define.ts'
import type { Proposal } from '#joints/proposal.ts'
import { runJoint } from '#joints/run.ts'
import { applyChanges, undo } from '#model/change.ts'
import { allKinds } from '#model/kinds.ts'
import { World } from '#model/world.ts'
import { parseBlueprint } from '#sources/files/read-blueprint.ts'
import { readFiles } from '#sources/files/read-files.ts'

/** A world of which everything was read: what does not stand in the text does not exist. */
export async function wholeWorld(text: string): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'mortise-world-'))
  try {
    await writeFile(
      join(folder, 'world.yaml'),
      `kind: mortise/World\nversion: 1\ncluster: prod\nreadAt: "2026-11-20T09:00:00Z"\n---\n${text}`,
    )
    const gathered = await readFiles([join(folder, 'world.yaml')])
    if (gathered.problems.length > 0) throw new Error(JSON.stringify(gathered.problems))
    return new World({ ...gathered, read: allKinds.map(kind => ({ kind })), unread: [] })
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** What the parts of some joints propose for a blueprint, and the world as they leave it. */
export function made(
  world: World,
  blueprint: string,
  ...joints: readonly string[]
): { readonly steps: readonly Proposal[]; readonly world: World } {
  const declared = parseBlueprint(blueprint, 'mortise.yaml')
  const [cluster] = world.seen('aws/eks/Cluster')
  if (cluster === undefined) throw new Error('a world has a cluster')
  const steps: Proposal[] = []
  let now = world
  for (const { joint, parts } of jointBlueprints) {
    if (!joints.includes(joint)) continue
    for (const part of parts(declared)) {
      const more = part.propose(now, cluster)
      now = applyChanges(
        now,
        more.map(({ change }) => change),
      )
      steps.push(...more)
    }
  }
  return { steps, world: now }
}

/** The world with the steps taken back, last first. */
export const undone = (world: World, steps: readonly Proposal[]): World =>
  applyChanges(
    world,
    steps.toReversed().map(({ change }) => undo(change)),
  )

/** What a joint finds wrong, and what it cannot tell: `check: message` and `check: kind reason`. These worlds have no VPC to send anything through. */
export const faultsOf = (joint: Joint, world: World): readonly string[] =>
  runJoint(joint, world, ({ id }) => !id.endsWith('-connection-denied')).results.flatMap(({ check, verdict }) =>
    verdict.is === 'fail'
      ? [`${check.id}: ${verdict.message}`]
      : verdict.is === 'unknown'
        ? [`${check.id}: ${verdict.fact.kind} ${verdict.fact.reason}`]
        : [],
  )
