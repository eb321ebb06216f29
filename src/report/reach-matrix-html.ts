import { maskSecrets } from '#base/secret-shapes.ts'
import { awsHalf, disagrees, kubernetesHalf, type MatrixCell, type ReachMatrix } from './reach-matrix.ts'
import { verdictWords } from './reach.ts'

const words = { ...verdictWords, some: 'some ports', none: 'not asked' } as const
const signs = { allow: '✓', deny: '✕', unknown: '?', split: '±', some: '~', none: '·' } as const

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escaped = (text: string): string => maskSecrets(text).replace(/[&<>"']/g, char => escapes[char] ?? char)

/** One page by itself: no script, nothing fetched. Its filter is a check box and a style rule. */
export function matrixHtml(matrix: ReachMatrix, options: { readonly version: string }): string {
  const { workloads, asked, cells } = matrix
  const table = new Map(cells.map(cell => [`${cell.from} ${cell.to}`, cell]))
  const columns = workloads.map((name, index) => `<th scope="col" title="${escaped(name)}"><span>${index + 1}</span></th>`).join('')
  const rows = workloads.map((name, row) => {
    const inside = workloads.map((to, column) => cellHtml(table.get(`${row} ${column}`), name, to)).join('')
    return `<tr><th scope="row"><span class="number">${row + 1}</span> ${escaped(name)}</th>${inside}</tr>`
  })
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Who reaches whom</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Who reaches whom on ${escaped(asked)}</h1>
<p>Rows open connections to columns. The left half of a cell is AWS (security groups, NACLs, routes), the right half Kubernetes (NetworkPolicies and ClusterNetworkPolicies).</p>
<ul class="legend">${legend}</ul>
<label><input type="checkbox" id="only"> only pairs on which the layers disagree</label>
<div class="scroll" role="region" aria-label="matrix" tabindex="0">
<table>
<thead><tr><td></td>${columns}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
</div>
<footer>mortise ${escaped(options.version)}</footer>
</main>
</body>
</html>
`
}

const legend = (['allow', 'deny', 'some', 'split', 'unknown'] as const)
  .map(half => `<li><span class="half ${half}" aria-hidden="true">${signs[half]}</span> ${words[half]}</li>`)
  .join('')

function cellHtml(cell: MatrixCell | undefined, from: string, to: string): string {
  if (cell === undefined) return '<td class="none"></td>'
  const [aws, kubernetes] = [awsHalf(cell), kubernetesHalf(cell)]
  const ports = cell.ports.map(port => `${port.traffic}: AWS ${verdictWords[port.aws]}, Kubernetes ${verdictWords[port.kubernetes]}`)
  const text = `${from} to ${to}\n${ports.join('\n')}`
  const differs = cell.ports.some(disagrees) ? ' class="differs"' : ''
  const half = (name: 'aws' | 'kubernetes', of: keyof typeof signs) =>
    `<span class="half ${name} ${of}" aria-hidden="true">${signs[of]}</span>`
  const spoken = `<span class="spoken">AWS ${words[aws]}, Kubernetes ${words[kubernetes]}</span>`
  return `<td${differs} title="${escaped(text)}">${half('aws', aws)}${half('kubernetes', kubernetes)}${spoken}</td>`
}

const style = `
:root { color-scheme: light dark; --ink: #1c1e21; --soft: #666c75; --line: #d7dade; --paper: #fff; --broken: #b3261e; --unknown: #6b3fa0; --open: #4b5563 }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #a3a9b2; --line: #3a3f46; --paper: #16181b; --broken: #ff8a80; --unknown: #c5a3ff; --open: #b6bcc6 } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif }
main { padding: 1.5rem; max-width: 100rem; margin: auto }
h1 { font-size: 1.25rem; margin: 0 0 .5rem }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; padding: 0 }
.scroll { overflow: auto; max-height: 80vh; margin-top: 1rem; border: 1px solid var(--line) }
table { border-collapse: collapse }
th { font-weight: 500; text-align: left; white-space: nowrap; padding: .1rem .6rem; background: var(--paper) }
thead th, thead td { position: sticky; top: 0; background: var(--paper); text-align: center; padding: .2rem .1rem }
tbody th { position: sticky; left: 0 }
td { border: 1px solid var(--line); padding: 0; text-align: center; white-space: nowrap }
.number, thead th { color: var(--soft); font-variant-numeric: tabular-nums }
.half { display: inline-block; width: 1.5em; line-height: 1.7 }
.allow { color: var(--open) }
.deny { color: var(--broken); font-weight: 700 }
.unknown, .split { color: var(--unknown); background: repeating-linear-gradient(45deg, transparent 0 3px, color-mix(in srgb, var(--unknown) 18%, transparent) 3px 5px) }
.differs { outline: 2px solid var(--broken); outline-offset: -2px }
.spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
body:has(#only:checked) td:not(.differs) > * { visibility: hidden }
label { display: inline-block; margin-top: .5rem }
:focus-visible { outline: 2px solid var(--unknown); outline-offset: 2px }
footer { color: var(--soft); margin-top: 1rem }
`
