import { existsSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { planOf } from '#changes/plan.ts'
import { codeText } from '#report/code/code.ts'
import { isLabRequired } from '../availability.ts'
import { findExecutable } from '../process/find-executable.ts'
import { root, runMortise } from '../../e2e/run-mortise.ts'
import { cloudformationObjections, ensureCheckers, terraformFormatted, terraformObjections } from './check.ts'
import { everyKind } from './every-kind.ts'
import { terraform } from './programs.ts'

const canRun = isLabRequired() || existsSync(terraform.path) || findExecutable('go') !== undefined

describe.skipIf(!canRun)('a plan that edits something of every kind, as code', () => {
  beforeAll(ensureCheckers, 900_000)
  const { world, steps } = everyKind()
  const plan = planOf({ cluster: 'prod', steps })
  const hcl = codeText('terraform', plan, world)
  const template = codeText('cloudformation', plan, world)

  test('is Terraform that terraform validate accepts, laid out as terraform fmt would', async () => {
    expect(await terraformObjections(hcl)).toEqual([])
    expect(await terraformFormatted(hcl)).toBe('')
  })

  test('terraform validate is asked about each resource: one that lacks what it must have, or has what there is not, is refused', async () => {
    const broken = hcl.replace('service_account = "reader"', 'service_acount = "reader"')
    expect(broken).not.toBe(hcl)
    const objections = await terraformObjections(broken)
    expect(objections.map(({ summary }) => summary).sort()).toEqual(['Missing required argument', 'Unsupported argument'])
  })

  test('is a template that cfn-lint accepts', async () => {
    expect(await cloudformationObjections(template)).toEqual([])
  })

  test('cfn-lint is asked about each resource', async () => {
    const broken = template.replace('ServiceAccount: reader', 'ServiceAcount: reader')
    expect(broken).not.toBe(template)
    expect((await cloudformationObjections(broken)).map(({ summary }) => summary.slice(0, 5)).sort()).toEqual(['E3002', 'E3003'])
  })

  test('so is the plan of the example', async () => {
    const written = (format: string) => runMortise(['plan', `${root}examples/mortise.yaml`, `${root}examples/shop`, '--format', format])
    const [terraformPlan, stack] = await Promise.all([written('terraform'), written('cloudformation')])
    expect(terraformPlan.stdout).toContain('resource "aws_security_group"')
    expect(await terraformObjections(terraformPlan.stdout)).toEqual([])
    expect(await terraformFormatted(terraformPlan.stdout)).toBe('')
    expect(stack.stdout).toContain('AWS::EC2::SecurityGroup')
    expect(await cloudformationObjections(stack.stdout)).toEqual([])
  })
})
