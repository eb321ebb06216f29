import { readFileSync } from 'node:fs'
import { root } from './run.ts'

/** `npm run licences`: every package that users install with Mortise, and whether its licence lets Mortise be passed on under Apache-2.0. */
const allowed = new Set([
  'MIT',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'ISC',
  'BlueOak-1.0.0',
  'Unlicense',
  'CC0-1.0',
  // As permissive as BSD; argparse, a port from Python, comes with js-yaml.
  'PSF-2.0',
])

interface Locked {
  readonly version?: string
  readonly license?: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly link?: boolean
}
interface Manifest {
  readonly license?: string | { readonly type?: string }
  readonly licenses?: readonly { readonly type?: string }[]
}

/** `MIT OR AGPL-3.0` leaves the choice to us; `MIT AND X` does not. */
function isAllowed(licence: string): boolean {
  const bare = licence.trim().replace(/^\((.*)\)$/, '$1')
  if (bare.includes(' OR ')) return bare.split(' OR ').some(isAllowed)
  return bare.split(' AND ').every(part => allowed.has(part.trim().replace(/^\(|\)$/g, '')))
}

/** The lock file says it for most packages; older ones say it in their own manifest only. */
function licenceOf(path: string, locked: Locked): string {
  if (locked.license !== undefined) return locked.license
  try {
    const { license, licenses } = JSON.parse(readFileSync(`${root}${path}/package.json`, 'utf8')) as Manifest
    return (typeof license === 'string' ? license : license?.type) ?? licenses?.map(item => item.type).join(' OR ') ?? 'unknown'
  } catch {
    return 'unknown'
  }
}

const lock = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8')) as { readonly packages: Readonly<Record<string, Locked>> }
const shipped = Object.entries(lock.packages).filter(
  ([path, locked]) => path.startsWith('node_modules/') && locked.dev !== true && locked.link !== true,
)
const rows = shipped.map(([path, locked]) => {
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
  return { name: `${name}@${locked.version ?? '?'}`, licence: licenceOf(path, locked) }
})

const byLicence = Map.groupBy(rows, row => row.licence)
for (const licence of [...byLicence.keys()].sort()) {
  const names = (byLicence.get(licence) ?? []).map(row => row.name).sort()
  process.stdout.write(
    `${isAllowed(licence) ? '✓' : '✕'} ${licence.padEnd(14)} ${String(names.length).padStart(4)}  ${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}\n`,
  )
}
const refused = rows.filter(row => !isAllowed(row.licence))
for (const { name, licence } of refused) {
  process.stderr.write(
    `error: ${name} is licensed as ${licence}\n  = help: use another package, or add the licence to tools/check-licences.ts if it permits what Apache-2.0 permits\n`,
  )
}
process.stdout.write(`${rows.length} packages are shipped, ${refused.length} of them under a licence that is not allowed\n`)
process.exitCode = refused.length === 0 ? 0 : 1
