import { perWorld } from '#joints/per-world.ts'
import type { Reader } from '#model/world.ts'
import type { Secret } from './stored.ts'

const byName = perWorld((world: Reader<'aws/secretsmanager/Secret'>): ReadonlyMap<string, readonly Secret[]> =>
  Map.groupBy(world.seen('aws/secretsmanager/Secret'), ({ body }) => body.Name),
)

/** Secrets of that name wherever they were seen: in other regions and accounts. */
export const secretsNamed = (world: Reader<'aws/secretsmanager/Secret'>, name: string): readonly Secret[] => {
  const plain = name.startsWith('arn:')
    ? name
        .split(':')
        .slice(6)
        .join(':')
        .replace(/-[A-Za-z0-9]{6}$/, '')
    : name
  return byName(world).get(plain) ?? []
}
