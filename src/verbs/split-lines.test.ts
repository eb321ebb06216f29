import fc from 'fast-check'
import { expect, it } from 'vitest'
import { splitLines, type Line } from './split-lines.ts'

async function linesOf(pieces: readonly Uint8Array[], limit?: number): Promise<readonly Line[]> {
  const input = async function* () {
    yield* pieces
  }
  const lines: Line[] = []
  for await (const line of splitLines(input(), limit)) lines.push(line)
  return lines
}

function cut(bytes: Uint8Array, cuts: readonly number[]): readonly Uint8Array[] {
  const ends = [...new Set([...cuts.map(at => at % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b)
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
}

it('gives the same lines however the text is cut', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '𝄞', '\r', ' ') })),
      fc.array(fc.nat()),
      fc.boolean(),
      async (lines, cuts, ended) => {
        const text = lines.join('\n') + (ended && lines.length > 0 ? '\n' : '')
        const found = await linesOf(cut(new TextEncoder().encode(text), cuts))
        const wanted = text.split('\n')
        if (wanted.at(-1) === '') wanted.pop()
        expect(found).toEqual(wanted.map((line, index) => ({ is: 'text', number: index + 1, text: line.replace(/\r$/, '') })))
      },
    ),
  ))

it('keeps nothing of a line that is too long, and goes on', async () => {
  const pieces = ['abc\n', 'defgh', 'ijkl', 'mn\nxy', 'z\n'].map(text => new TextEncoder().encode(text))
  expect(await linesOf(pieces, 6)).toEqual([
    { is: 'text', number: 1, text: 'abc' },
    { is: 'too-long', number: 2, limit: 6 },
    { is: 'text', number: 3, text: 'xyz' },
  ])
})
