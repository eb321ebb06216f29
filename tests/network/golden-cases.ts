import { readdirSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { Ec2 } from '../oracles/network/cloud.ts'
import type { OracleEnd, OracleWorld, Settings } from '../oracles/network/evaluator.ts'
import type { KubernetesObject } from '../oracles/network/objects.ts'

/** As tests/worlds/network/README.md describes it. */
export interface GoldenCase {
  readonly title: string
  readonly settings: Settings
  readonly kubernetes: readonly KubernetesObject[]
  readonly ec2?: Ec2
  readonly groups?: readonly { readonly pod: string; readonly expect: readonly string[] }[]
  readonly queries: readonly GoldenQuery[]
  readonly findings: readonly string[]
}
export interface GoldenQuery {
  readonly from: OracleEnd
  readonly to: OracleEnd
  readonly protocol: string
  readonly port?: number
  readonly placement?: 'same-node' | 'other-node'
  readonly settings?: Partial<Settings>
  readonly expect: { readonly verdict: string; readonly denyingLayer?: string }
}

const folder = new URL('../worlds/network/', import.meta.url)
export const goldenFiles: readonly string[] = readdirSync(folder)
  .filter(name => name.endsWith('.yaml'))
  .sort()
export const goldenCase = (name: string): GoldenCase => parse(readFileSync(new URL(name, folder), 'utf8')) as GoldenCase
export const goldenSchema = (): object => JSON.parse(readFileSync(new URL('case.schema.json', folder), 'utf8')) as object

export const worldOf = ({ kubernetes, ec2 = {}, settings }: GoldenCase, query?: GoldenQuery): OracleWorld => ({
  kubernetes,
  ec2,
  settings: { ...settings, ...query?.settings },
})
export const says = (query: GoldenQuery): string =>
  `${Object.values(query.from).join()} to ${Object.values(query.to).join()} ${query.protocol} ${query.port ?? ''} ${query.placement ?? ''}${JSON.stringify(query.settings ?? '')}`
