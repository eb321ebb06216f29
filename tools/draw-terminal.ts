import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'

/**
 * Draws what a real run prints as an SVG, for the README: `node -C source tools/draw-terminal.ts [--check]`.
 * With --check it fails when the picture no longer shows what the run prints.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const columns = 80

interface Picture {
  readonly file: string
  readonly args: readonly string[]
  /** How many lines to keep from the top; the rest is in the terminal of whoever runs it. */
  readonly lines?: number
}

const pictures: readonly Picture[] = [
  { file: 'docs/images/scan.svg', args: ['scan', 'examples/shop', '-n', 'payments', '--check', 'irsa/trust-literal-wildcard'] },
  { file: 'docs/images/explain.svg', args: ['explain', 'sts/ledger', 'examples/shop', '-n', 'payments'] },
  {
    file: 'docs/images/reach.svg',
    args: ['reach', 'pod/shop/web-2d4fjhm9n-s9bkx', 'pod/shop/api-gndhgptnw-qblpr', 'examples/shop', '--port', '8080'],
  },
]

const paints: Readonly<Record<string, string>> = {
  1: 'font-weight="bold"',
  2: 'opacity="0.6"',
  31: 'fill="#ff7b72"',
  35: 'fill="#d2a8ff"',
  36: 'fill="#79c0ff"',
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** One line of ANSI text as SVG spans. */
function spans(line: string): string {
  let codes: readonly string[] = []
  const parts = line.split(/\u001b\[([\d;]*)m/)
  return parts
    .map((part, index) => {
      if (index % 2 === 1) {
        codes = part === '0' || part === '' ? [] : part.split(';')
        return ''
      }
      const attributes = codes.flatMap(code => paints[code] ?? []).join(' ')
      return attributes === '' ? escaped(part) : `<tspan ${attributes}>${escaped(part)}</tspan>`
    })
    .join('')
}

const columnWidth = 8.43

/** Each line is as wide as its columns, so that marks stand under what they mark in whatever font there is. */
function grid(line: string): string {
  const shown = line.replace(/\u001b\[[\d;]*m/g, '').length
  return shown === 0 ? '' : ` textLength="${Math.round(shown * columnWidth * 100) / 100}" lengthAdjust="spacingAndGlyphs"`
}

function draw({ args, lines }: Picture): string {
  const run = spawnSync(process.execPath, ['-C', 'source', `${root}src/cli/main.ts`, ...args], {
    cwd: root,
    encoding: 'utf8',
    // CI asks for no colour; a picture wants it.
    env: { ...process.env, FORCE_COLOR: '1', NO_COLOR: undefined },
  })
  if (run.status !== 0 && run.status !== 1) throw new Error(`mortise ${args.join(' ')} ended with ${run.status}: ${run.stderr}`)
  const text = [`\u001b[2m$\u001b[0m mortise ${args.join(' ')}`, ...run.stdout.trimEnd().split('\n')].slice(0, lines)
  const [width, height] = [columns * columnWidth + 32, text.length * 19 + 32]
  const rows = text.map((line, index) => `<text x="16" y="${29 + index * 19}"${grid(line)}>${spans(line)}</text>`).join('\n')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="mortise ${escaped(args.join(' '))}">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" fill="#e6edf3" xml:space="preserve">
${rows}
</g>
</svg>
`
}

let stale = false
for (const picture of pictures) {
  const svg = draw(picture)
  if (process.argv.includes('--check')) {
    const same = isDeepStrictEqual(readFileSync(`${root}${picture.file}`, 'utf8'), svg)
    if (!same) process.stderr.write(`${picture.file} is stale: npm run docs\n`)
    stale ||= !same
  } else writeFileSync(`${root}${picture.file}`, svg)
}
process.exitCode = stale ? 1 : 0
