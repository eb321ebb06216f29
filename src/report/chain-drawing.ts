import { settleText } from '#base/settle.ts'
import type { Chain, LinkState } from '#model/chain.ts'
import { valueAt } from '#model/place.ts'
import { placeOf, type Evidence } from '#model/resource.ts'
import { clean, cutStart, padEnd, widthOf } from './characters.ts'
import type { TextOptions } from './diagnostic.ts'
import { inkFor, type Style } from './ink.ts'
import { wrapInside } from './wrap.ts'

/** One link as three columns, the last of them empty where nothing is pointed at. */
interface Row {
  readonly sign: '✓' | '✕' | '?' | '–'
  readonly style: Style
  readonly title: string
  readonly text: string
  readonly place: string
}

/** A chain from the pod's side to the AWS side, one link a line; long words go on beneath in their column. */
export function chainDrawing(chain: Chain, options: TextOptions): string {
  const ink = inkFor(options.color)
  const rows = chain.links.map(rowOf)
  const titles = Math.max(0, ...rows.map(row => widthOf(row.title)))
  const room = Math.max(40, options.width - titles - 6)
  const longest = Math.max(0, ...rows.map(row => (row.place === '' ? 0 : widthOf(row.text))))
  const places = Math.min(Math.max(0, ...rows.map(row => widthOf(row.place))), room - 2 - Math.min(longest, Math.floor(room / 2)))
  const texts = room - places - (places === 0 ? 0 : 2)
  const lines = rows.flatMap(row => {
    const [first = '', ...rest] = wrapInside(row.text, row.place === '' ? room : texts)
    const place = row.place === '' ? '' : `  ${ink('faint', cutStart(row.place, places))}`
    const head = `  ${ink(row.style, row.sign)} ${padEnd(row.title, titles)}  `
    const indent = ' '.repeat(titles + 6)
    const style = row.sign === '–' ? 'faint' : 'plain'
    const paint = (text: string) => ink(style, text)
    return [
      `${head}${place === '' ? paint(first) : paint(first) + ' '.repeat(Math.max(0, texts - widthOf(first))) + place}`.trimEnd(),
      ...rest.map(line => indent + paint(line)),
    ]
  })
  return [`${ink('bold', clean(chain.subject))} · ${clean(chain.joint)} · ${stateText(chain)}`, ...lines].join('\n')
}

/** `broken at link 6 of 13`. A chain holds only as far as its links are judged. */
export function stateText({ state, links }: Chain): string {
  const at = (is: LinkState['verdict']['is']) => `link ${links.findIndex(link => link.verdict.is === is) + 1} of ${links.length}`
  if (state === 'broken') return `broken at ${at('fail')}`
  if (state === 'unknown') return `unknown at ${at('unknown')}`
  const judged = links.filter(link => link.verdict.is !== 'no-check').length
  return judged === links.length ? `holds, ${links.length} links` : `holds as far as it is checked, ${judged} of ${links.length} links`
}

function rowOf({ title, verdict }: LinkState): Row {
  const row = { title: clean(title), place: '' }
  switch (verdict.is) {
    case 'pass':
      return { ...row, sign: '✓', style: 'faint', ...saidBy(verdict.because[0], '') }
    case 'fail':
      return { ...row, sign: '✕', style: 'broken', ...saidBy(verdict.evidence[0], verdict.message) }
    case 'unknown':
      return { ...row, sign: '?', style: 'unknown', text: unknownText(verdict.fact) }
    case 'skip':
      return { ...row, sign: '–', style: 'faint', text: clean(verdict.why) }
    case 'not-asked':
      return { ...row, sign: '–', style: 'faint', text: 'not asked' }
    case 'no-check':
      return { ...row, sign: '–', style: 'faint', text: 'no check yet' }
  }
}

function unknownText({ kind, reason, settle }: Extract<LinkState['verdict'], { is: 'unknown' }>['fact']): string {
  return clean(`${kind}: ${reason}${settle === undefined ? '' : ` (to settle it: ${settleText(settle)})`}`)
}

/** The evidence's words; where it has none, `otherwise`, else the value that it points at, else the resource. */
function saidBy(evidence: Evidence | undefined, otherwise: string): { readonly text: string; readonly place: string } {
  if (evidence === undefined) return { text: clean(otherwise), place: '' }
  const value = valueAt(evidence.resource.body, evidence.path)
  const text = [evidence.label, otherwise, typeof value === 'string' ? value : '', evidence.resource.id].find(words => words !== '') ?? ''
  const place = placeOf(evidence)
  return { text: clean(text), place: clean(place.in === 'file' ? `${place.file}:${place.line}` : place.call) }
}
