import fc from 'fast-check'
import { expect, it } from 'vitest'
import { addressText, parseAddress } from '#network/addresses.ts'
import { allowedByAcl, compileAcl } from '#network/aws/network-acl.ts'
import { unreachableEntries } from './unreachable-entries.ts'

const address = fc.integer({ min: 0, max: 15 }).map(host => `10.0.0.${host}`)
const entry = fc.record({
  Egress: fc.boolean(),
  RuleAction: fc.constantFrom('allow' as const, 'deny' as const),
  Protocol: fc.constantFrom('-1', '6', '17'),
  CidrBlock: fc.tuple(address, fc.integer({ min: 27, max: 32 })).map(([host, prefix]) => `${host}/${prefix}`),
  PortRange: fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 })).map(([From, more]) => ({ From, To: From + more })),
})

it('takes nothing away that decides: without the entries an ACL lets the same through', () => {
  let found = 0
  const property = fc.property(fc.array(entry, { minLength: 2, maxLength: 8 }), address, fc.boolean(), (entries, host, egress) => {
    const acl = { Arn: 'arn:aws:ec2:eu-west-1:111122223333:network-acl/acl-0a', NetworkAclId: 'acl-0a' }
    const Entries = entries.map((each, index) => ({ ...each, RuleNumber: 100 - index }))
    const gone = new Set(unreachableEntries({ ...acl, Entries }).map(({ index }) => index))
    found += gone.size
    const remote = parseAddress(host)
    if (remote === undefined) throw new Error(host)
    const direction = egress ? 'egress' : 'ingress'
    const [before, after] = [Entries, Entries.filter((_, index) => !gone.has(index))].map(list =>
      allowedByAcl(compileAcl({ ...acl, Entries: list }), direction, remote),
    )
    expect(after, addressText(remote)).toEqual(before)
  })
  fc.assert(property, { numRuns: 500 })
  expect(found).toBeGreaterThan(20)
})
