import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isIPv4, isIPv6 } from 'node:net'
import { makeAddressAtoms } from './address-atoms.ts'
import { addressText, cidrText, containsAddress, containsCidr, endOf, parseAddress, parseCidr, type Cidr } from './addresses.ts'

test.for([
  ['10.0.0.7', '10.0.0.7'],
  ['010.0.0.07', '10.0.0.7'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['::ffff:a00:1', '10.0.0.1'],
  ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['::', '::'],
  ['1::', '1::'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
])('%s is %s', ([text, written]) => {
  const address = parseAddress(text!)
  expect(address === undefined ? undefined : addressText(address)).toBe(written)
})

test.for([
  '',
  '10.0.0',
  '10.0.0.256',
  '10.0.0.0/8',
  '1:2:3:4:5:6:7',
  '1::2::3',
  ':::',
  '1:2:3:4:5:6:7:8::',
  'fe80::1%eth0',
  '10.0.0.1.',
  '::10.0.0',
  'web',
])('%j is no address', text => expect(parseAddress(text)).toBeUndefined())

// Host bits are masked, as net.ParseCIDR does; an IPv4-mapped block is a block of IPv4.
test.for([
  ['10.1.2.3/8', '10.0.0.0/8'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['2001:db8::1/32', '2001:db8::/32'],
  ['::ffff:10.1.2.3/104', '10.0.0.0/8'],
])('%s is %s', ([text, written]) => {
  const cidr = parseCidr(text!)
  expect(cidr === undefined ? undefined : cidrText(cidr)).toBe(written)
})

test.for(['10.0.0.0', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/', '::/129', '10.0.0.0/8/8', '::ffff:10.0.0.0/90', '/8'])(
  '%j is no block',
  text => expect(parseCidr(text)).toBeUndefined(),
)

test('node agrees on what is an address, and texts come back', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.ipV4(), fc.ipV6(), fc.string({ unit: fc.constantFrom(...Array.from('0123456789abcdef:.')), maxLength: 20 })),
      text => {
        const address = parseAddress(text)
        if (/(^|\.)0\d/.test(text)) return
        expect(address !== undefined).toBe(isIPv4(text) || isIPv6(text))
        if (address !== undefined) expect(parseAddress(addressText(address))).toEqual(address)
      },
    ),
  )
})

const cidrs = fc
  .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 0xffn }), fc.nat(8))
  .map(([six, top, prefix]) => parseCidr(six ? `${(top << 8n).toString(16)}::/${prefix}` : `${top}.0.0.0/${prefix}`)!)

test('no block cuts an atom in two', () => {
  fc.assert(
    fc.property(fc.array(cidrs, { maxLength: 8 }), list => {
      const atoms = makeAddressAtoms(list)
      const within = (cidr: Cidr) => {
        const [first, end] = atoms.span(cidr)
        return Array.from({ length: atoms.count }, (_, atom) => atom >= first && atom < end)
      }
      for (const cidr of list) {
        expect(within(cidr)).toEqual(Array.from({ length: atoms.count }, (_, atom) => containsAddress(cidr, atoms.first(atom))))
        const last = { family: cidr.family, value: endOf(cidr) - 1n }
        expect(within(cidr)[atoms.atomOf(last)]).toBe(true)
        for (const other of list) {
          const apart = cidr.family !== other.family || endOf(cidr) <= other.value || endOf(other) <= cidr.value
          expect(apart || containsCidr(cidr, other) || containsCidr(other, cidr)).toBe(true)
        }
      }
    }),
  )
})
