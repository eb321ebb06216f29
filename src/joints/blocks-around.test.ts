import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressText, containsAddress, parseAddress, parseCidr } from '#network/addresses.ts'
import { blocksAround } from './blocks-around.ts'

describe('the blocks around an except', () => {
  it('are the other halves on the way to it', () => {
    expect(blocksAround('10.0.0.0/8', ['10.128.0.0/9'])).toEqual(['10.0.0.0/9'])
    expect(blocksAround('0.0.0.0/0', ['10.0.0.0/8'])).toEqual([
      '0.0.0.0/5',
      '8.0.0.0/7',
      '11.0.0.0/8',
      '12.0.0.0/6',
      '16.0.0.0/4',
      '32.0.0.0/3',
      '64.0.0.0/2',
      '128.0.0.0/1',
    ])
    expect(blocksAround('::/0', ['8000::/1'])).toEqual(['::/1'])
    expect(blocksAround('10.0.0.0/8', ['10.0.0.0/8'])).toEqual([])
    expect(blocksAround('10.0.0.0/8', [])).toEqual(['10.0.0.0/8'])
    expect(blocksAround('ten', [])).toBeUndefined()
  })
  it('hold exactly the addresses of the block that no except holds', () => {
    const octet = fc.nat(255)
    const address = fc.tuple(octet, octet).map(([c, d]) => `10.0.${c}.${d}`)
    const block = fc.tuple(address, fc.integer({ min: 17, max: 32 })).map(([text, prefix]) => `${text}/${prefix}`)
    fc.assert(
      fc.property(fc.array(block, { maxLength: 4 }), address, (excepts, text) => {
        const at = parseAddress(text)!
        const holds = (cidr: string) => containsAddress(parseCidr(cidr)!, at)
        const blocks = blocksAround('10.0.0.0/16', excepts)!
        expect(blocks.filter(holds).length, addressText(at)).toBe(excepts.some(holds) ? 0 : 1)
      }),
    )
  })
})
