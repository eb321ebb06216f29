import { describe, expect, it } from 'vitest'
import { runMortise } from './run-mortise.ts'

describe('mortise validate, before it reaches a cluster', () => {
  it('needs an image, and says where it comes from', async () => {
    const ran = await runMortise(['validate', 'deploy/reader', '-n', 'payments'])
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain('NO_PROBE_IMAGE')
    expect(ran.stderr).toContain('probe/README.md')
  })

  it.each([
    ['--most', '0'],
    ['--log-wait', 'soon'],
    ['--rotation', '-5'],
  ])('refuses %s %s', async (option, value) => {
    const ran = await runMortise(['validate', '--probe-image', 'registry.example/probe:1', `${option}=${value}`])
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain('BAD_NUMBER')
  })

  it('names a joint that there is none of, and one without a probe', async () => {
    const image = ['--probe-image', 'registry.example/probe:1']
    const unknown = await runMortise(['validate', ...image, '--joint', 'irsaa'])
    expect(unknown.stderr).toContain('did you mean irsa?')
    const without = await runMortise(['validate', ...image, '--joint', 'cluster-access'])
    expect(without.stderr).toContain('there are probes for irsa, pod-identity')
  })
})
