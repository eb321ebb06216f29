import type { Chain } from '#model/chain.ts'
import type { Expectation, Observation, ProbeStep, Seen } from '#model/probe.ts'
import { chainPrediction, notObserved, stepSeen, type ProbeSettings } from '#joints/define-probe.ts'
import type { Comparison } from './probe-comparisons.ts'

/** How long to wait for a file to change, seconds. */
export const rotationSeconds = ({ rotationSeconds: asked = 0 }: ProbeSettings): number => asked

/** Looks again and again until the file has changed and is current: somebody else rotates the secret meanwhile. */
export const followRotation = ({ step }: Comparison, settings: ProbeSettings): ProbeStep => ({
  ...step,
  id: 'rotation',
  every: 2_000,
  timeout: rotationSeconds(settings) * 1000,
})

/** What the chain says of rotation, whatever it says of versions that are mounted elsewhere. */
export function rotationExpectation({ step }: Comparison, chain: Chain | undefined): Expectation {
  const only = chain === undefined ? undefined : { ...chain, links: chain.links.filter(({ id }) => id === 'rotation') }
  return { id: 'rotation', says: `file ${step.file} follows when ${step.resource} changes`, isMust: true, predicted: chainPrediction(only) }
}

/** A secret that nobody changed shows nothing of whether files follow. */
export const rotationObserved = (seen: Seen): Observation =>
  stepSeen(seen, 'pod', 'rotation', ({ ok, text, facts }) => {
    if (ok) return { is: 'yes', text: `${text}, ${String(facts?.['seconds'])} s after the probe began to look` }
    if (facts === undefined) return notObserved(text)
    return facts['changed'] === true ? { is: 'no', text } : notObserved('the secret did not change while the probe looked')
  })
