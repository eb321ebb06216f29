import fc from 'fast-check'
import { expect, test } from 'vitest'
import { all, group, rule } from '../../../tests/network/small-cluster.ts'
import { containsAddress, parseAddress, parseCidr } from '../addresses.ts'
import { makeAddressClasses } from './address-classes.ts'
import { makeRowTable } from './rows.ts'
import { blocksOfGroup, compileSecurityGroups } from './security-groups.ts'

const block = fc
  .tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255), fc.integer({ min: 0, max: 32 }))
  .map(([a, b, c, d, prefix]) => `${a}.${b}.${c}.${d}/${prefix}`)
const address = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map(parts => parts.join('.'))

function compiled(...groups: Parameters<typeof compileSecurityGroups>[0]['all']) {
  const rows = makeRowTable()
  const classes = makeAddressClasses(groups.flatMap(blocksOfGroup))
  const security = compileSecurityGroups({ all: groups }, all(), classes, rows)
  const code = (at: string, key: number) => {
    const peer = { addresses: [classes.classOf(parseAddress(at)!)], set: undefined, isVague: false }
    return rows.code(security.row(security.setOf(groups.map(({ GroupId }) => GroupId)), 'ingress', peer), key)
  }
  return { code, security, classes }
}

test('rules of random blocks and ports decide as each of them would alone', () => {
  const one = fc.tuple(fc.nat(65_535), fc.nat(200), block)
  fc.assert(
    fc.property(fc.array(one, { maxLength: 20 }), fc.array(fc.tuple(address, fc.nat(65_535)), { minLength: 1 }), (rules, asked) => {
      const { code } = compiled(
        group(
          'sg-1',
          rules.map(([from, more, at]) => rule(`tcp ${from}-${Math.min(65_535, from + more)}`, at)),
        ),
      )
      const edges = rules.flatMap(([from, more, at]): [string, number][] => [
        [at.split('/')[0]!, from],
        [at.split('/')[0]!, from + more + 1],
      ])
      for (const [at, port] of [...asked, ...edges.filter(([, of]) => of <= 65_535)]) {
        const isOpen = rules.some(
          ([from, more, of]) => from <= port && port <= from + more && containsAddress(parseCidr(of)!, parseAddress(at)!),
        )
        expect(code(at, 6 * 65_536 + port)).toBe(isOpen ? 2 : 0)
      }
    }),
  )
})

// A file may hold what EC2 never would. What cannot be read is never an allow, and never a certain deny of what it may have meant.
test('what cannot be read is unknown', () => {
  const odd = fc.record(
    {
      IpProtocol: fc.oneof(fc.string(), fc.constantFrom('tcp', 'udp', '-1', 'icmp', '300', '58', '6')),
      FromPort: fc.option(fc.integer({ min: -1, max: 65_535 }), { nil: undefined }),
      ToPort: fc.option(fc.integer({ min: -1, max: 65_535 }), { nil: undefined }),
      IpRanges: fc.array(fc.record({ CidrIp: fc.oneof(fc.string(), block) })),
      Ipv6Ranges: fc.array(fc.record({ CidrIpv6: fc.oneof(fc.string(), fc.constant('::/0')) })),
      UserIdGroupPairs: fc.array(fc.record({ GroupId: fc.string() }, { requiredKeys: [] })),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.array(odd), address, fc.nat(256 * 65_536 - 1), (permissions, at, key) => {
      const { code } = compiled({ ...group('sg-1', []), IpPermissions: permissions } as never)
      const isVague = permissions.some(
        ({ IpRanges = [], IpProtocol = '' }) => IpProtocol === '-1' && IpRanges.some(({ CidrIp }) => parseCidr(CidrIp) === undefined),
      )
      expect(code(at, key)).toBeGreaterThanOrEqual(isVague ? 1 : 0)
      const isNamed = permissions.some(({ IpRanges = [] }) =>
        IpRanges.some(({ CidrIp }) => parseCidr(CidrIp) !== undefined && containsAddress(parseCidr(CidrIp)!, parseAddress(at)!)),
      )
      if (!isNamed) expect(code(at, key)).toBeLessThan(2)
    }),
  )
})

test('ten thousand rules in one group', () => {
  const rules = Array.from({ length: 10_000 }, (_, i) => rule(`tcp ${1 + (i % 60_000)}`, `10.${i >> 8}.${i & 255}.0/24`))
  const { code } = compiled(group('sg-big', rules))
  expect(code('10.39.15.9', 6 * 65_536 + 10_000)).toBe(2)
  expect(code('10.39.15.9', 6 * 65_536 + 9_999)).toBe(0)
})

// EC2 allows it: each of two groups refers to the other.
test('groups that refer to each other', () => {
  const { security, classes } = compiled(group('sg-1', [rule('tcp 80', 'sg-2')]), group('sg-2', [rule('tcp 81', 'sg-1')]))
  const [one, two] = [security.setOf(['sg-1']), security.setOf(['sg-2'])]
  const peer = (set: typeof one) => ({ addresses: [classes.classOf(parseAddress('10.0.0.1')!)], set, isVague: false })
  expect(security.decide(one, 'ingress', peer(two), 6 * 65_536 + 80).matching).toHaveLength(1)
  expect(security.decide(two, 'ingress', peer(one), 6 * 65_536 + 80).matching).toHaveLength(0)
  expect(security.decide(two, 'ingress', peer(one), 6 * 65_536 + 81).matching).toHaveLength(1)
})

test('a new block cuts classes and leaves the numbers of others', () => {
  fc.assert(
    fc.property(fc.array(block, { maxLength: 6 }), block, fc.array(address), (blocks, more, addresses) => {
      const before = makeAddressClasses(blocks.map(text => parseCidr(text)!))
      const after = before.refine([parseCidr(more)!])
      for (const at of addresses) {
        const one = parseAddress(at)!
        const first = after.first(after.classOf(one))
        for (const cidr of [...blocks, more].map(text => parseCidr(text)!))
          expect(containsAddress(cidr, first)).toBe(containsAddress(cidr, one))
      }
      expect(after.refine([parseCidr(more)!])).toBe(after)
    }),
  )
})
