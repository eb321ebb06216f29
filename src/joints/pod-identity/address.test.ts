import { describe, expect, it } from 'vitest'
import { isInside } from './address.ts'

describe('whether an address lies in a block', () => {
  it.each([
    ['169.254.170.23', '169.254.170.23/32', true],
    ['169.254.170.23', '169.254.170.22/31', true],
    ['169.254.170.23', '169.254.170.24/31', false],
    ['169.254.170.23', '169.254.0.0/16', true],
    ['169.254.170.23', '0.0.0.0/0', true],
    ['169.254.170.23', '169.254.169.254/32', false],
    ['169.254.170.23', '::/0', false],
    ['169.254.170.23', '169.254.170.23', false],
    ['169.254.170.23', '169.254.170.23/33', false],
    ['169.254.170.23', '169.254.170/24', false],
    ['fd00:ec2::23', 'fd00:ec2::23/128', true],
    ['fd00:ec2::23', 'fd00:0ec2:0:0:0:0:0:23/128', true],
    ['fd00:ec2::23', 'fd00:ec2::/64', true],
    ['fd00:ec2::23', 'fd00:ec3::/32', false],
    ['fd00:ec2::23', '::/0', true],
    ['fd00:ec2::23', '0.0.0.0/0', false],
    ['::ffff:169.254.170.23', '::ffff:a9fe:aa17/128', true],
    ['fd00:ec2::23', 'fd00::ec2::/32', false],
    ['fd00:ec2::23', 'fd00:ec2:0:0:0:0:0:0:23/128', false],
  ])('%s in %s: %s', (address, cidr, expected) => {
    expect(isInside(address, cidr)).toBe(expected)
  })
})
