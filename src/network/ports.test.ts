import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lastPort, makePortAtoms, protocolOf, type PortRange } from './ports.ts'

const ranges = fc
  .tuple(fc.constantFrom('TCP' as const, 'UDP' as const, 'SCTP' as const, '50' as const), fc.nat(lastPort), fc.nat(lastPort))
  .map(([protocol, a, b]): PortRange => ({ protocol, from: Math.min(a, b), to: Math.max(a, b) }))

test('a range is whole atoms, and atoms cover every port once', () => {
  fc.assert(
    fc.property(fc.array(ranges, { maxLength: 10 }), fc.nat(lastPort), (list, port) => {
      const atoms = makePortAtoms(list)
      for (const { protocol, from, to } of list) {
        const [first, end] = atoms.span(protocol, from, to)
        expect(atoms.range(first)?.from).toBe(from)
        expect(atoms.range(end - 1)?.to).toBe(to)
        const atom = atoms.atomOf(protocol, port)
        expect(atom >= first && atom < end).toBe(port >= from && port <= to)
      }
      const of = atoms.range(atoms.atomOf('UDP', port))!
      expect(of.protocol === 'UDP' && of.from <= port && port <= of.to).toBe(true)
    }),
  )
})

test('a protocol that no rule names shares the last atom', () => {
  const atoms = makePortAtoms([{ protocol: '50', from: 0, to: lastPort }])
  expect(atoms.atomOf('47')).toBe(atoms.count - 1)
  expect(atoms.range(atoms.count - 1)).toBeUndefined()
  expect(atoms.atomOf('50')).not.toBe(atoms.count - 1)
})

test.for([
  ['tcp', 'TCP'],
  ['6', 'TCP'],
  ['17', 'UDP'],
  ['icmpv6', 'ICMPv6'],
  ['58', 'ICMPv6'],
  ['50', '50'],
  ['050', '50'],
  ['256', undefined],
  ['-1', undefined],
  ['toString', undefined],
])('%s is protocol %s', ([text, protocol]) => expect(protocolOf(text!)).toBe(protocol))
