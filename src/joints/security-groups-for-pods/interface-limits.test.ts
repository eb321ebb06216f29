import { expect, it } from 'vitest'
import { interfaceLimits } from './interface-limits.ts'

it.each([
  ['m5.large', { branch: 9, interfaces: 3 }],
  ['m5.24xlarge', { branch: 107, interfaces: 15 }],
  // Nitro, and yet without trunk.
  ['i4i.large', { branch: 0, interfaces: 3 }],
  ['t3.medium', { branch: 0, interfaces: 3 }],
  ['i3.metal', { branch: 120, interfaces: 15 }],
  ['m99.large', undefined],
  ['m5', undefined],
  ['m5.', undefined],
  ['constructor.large', undefined],
])('of %s', (type, limits) => {
  expect(interfaceLimits(type)).toEqual(limits)
})
