import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Joint } from '#joints/define.ts'
import { runMortise, type Ran } from '../../e2e/run-mortise.ts'
import type { Lab } from '../lab.ts'
import type { ScanReport } from '../irsa/run-scan.ts'

/** A blueprint in a folder of its own, and the command line on the lab. */
export interface BlueprintRun {
  /** Plans, and keeps the plan. Answers the titles of its steps. */
  plan(): Promise<readonly string[]>
  /** Applies the plan that was kept. Answers the run. */
  apply(): Promise<string>
  /** Takes a run back. */
  undo(run: string): Promise<void>
  /** What a joint says of the live lab: its findings and what it could not tell. `leaving`: checks that cannot hold in a lab. */
  scan(
    joint: Joint,
    leaving?: readonly string[],
    ...args: readonly string[]
  ): Promise<{ readonly findings: readonly string[]; readonly unknowns: readonly string[] }>
  mortise(...args: readonly string[]): Promise<Ran>
  remove(): void
}

export function blueprintRun(lab: Lab, blueprint: string, clusterName = lab.clusterName): BlueprintRun {
  const folder = mkdtempSync(join(tmpdir(), 'mortise-blueprint-'))
  writeFileSync(join(folder, 'mortise.yaml'), blueprint)
  const env = {
    AWS_ENDPOINT_URL: lab.awsEndpoint,
    AWS_REGION: lab.region,
    AWS_ACCESS_KEY_ID: lab.adminCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: lab.adminCredentials.secretAccessKey,
    KUBECONFIG: lab.kubeconfig,
  }
  const mortise = (...args: readonly string[]) => runMortise(args, { env, cwd: folder })
  const kept = () =>
    JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8')) as {
      readonly id: string
      readonly steps: readonly { readonly title: string }[]
    }
  return {
    mortise,
    remove: () => rmSync(folder, { recursive: true }),
    async plan() {
      const ran = await mortise('plan', 'mortise.yaml', '--out', 'plan.json')
      // What is not in the plan stands behind its steps.
      expect({ stderr: ran.stderr, left: ran.stdout.split(/^(?=not planned: |not ours: )/m).slice(1) }).toEqual({ stderr: '', left: [] })
      return kept().steps.map(({ title }) => title)
    },
    async apply() {
      const ran = await mortise('apply', 'plan.json', '--approve', kept().id)
      expect({ code: ran.code, said: ran.code === 0 ? '' : `${ran.stdout}${ran.stderr}` }).toEqual({ code: 0, said: '' })
      return /^run (\S+): done/m.exec(ran.stdout)?.[1] ?? ''
    },
    async undo(run) {
      const ran = await mortise('undo', run, '--yes')
      expect({ code: ran.code, said: ran.code === 0 ? '' : `${ran.stdout}${ran.stderr}` }).toEqual({ code: 0, said: '' })
    },
    async scan(joint, leaving = [], ...args) {
      const all = [...joint.links.flatMap(({ checks }) => checks), ...joint.safe].map(({ id }) => id)
      const checks = [...new Set(all)].filter(id => !leaving.includes(id)).flatMap(id => ['--check', id])
      const ran = await mortise(
        'scan',
        '--format',
        'json',
        ...(clusterName === lab.clusterName ? [] : ['--cluster', clusterName]),
        ...checks,
        ...args,
      )
      const report = JSON.parse(ran.stdout) as ScanReport
      return {
        findings: report.findings.map(({ check, message }) => `${check.id}: ${message}`),
        unknowns: report.unknowns.map(
          ({ kind, reason, verdicts }) => `${verdicts.map(({ check }) => check).join(', ')}: ${kind} ${reason}`,
        ),
      }
    },
  }
}
