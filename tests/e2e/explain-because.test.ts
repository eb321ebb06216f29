import { describe, expect, it } from 'vitest'
import { runMortise } from './run-mortise.ts'

describe('mortise explain --because', () => {
  it('names the link that a text points at', async () => {
    const { code, stdout } = await runMortise(['explain', '--because', 'provider not found: provider "aws"'])
    expect(code).toBe(0)
    expect(stdout).toContain('secrets-store · link provider')
    expect(stdout).toContain('secrets-store/provider-absent-on-node')
  })
  it('says of a text that it does not know it, and exits with 3', async () => {
    const { code, stdout } = await runMortise(['explain', '--because', 'out of cheese'])
    expect({ code, stdout }).toMatchObject({ code: 3, stdout: expect.stringContaining('this text is not known') as string })
  })
  it('without a text takes a workload', async () => {
    const { code, stderr } = await runMortise(['explain'])
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('NO_WORKLOAD') as string })
  })
})
