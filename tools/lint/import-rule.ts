import { layers } from '../../layers.ts'

/** Node modules that only compute: the same input gives the same output. */
const pureModules = ['node:assert', 'node:buffer', 'node:crypto', 'node:path', 'node:url', 'node:util']

export interface Import {
  /** The file that imports, from the root of the repository, with `/`: `src/iam/decide.ts`. */
  readonly file: string
  readonly specifier: string
  readonly typeOnly: boolean
}

/** Why this import is against `layers.ts`; undefined when it is not. Only sources are held to it: tests may import anything. */
export function whyRefused({ file, specifier, typeOnly }: Import): string | undefined {
  const [top, folder = ''] = file.split('/')
  if (top !== 'src' || file.endsWith('.test.ts')) return undefined
  const layer = layers[folder]
  if (layer === undefined) return `src/${folder} is no layer: say in layers.ts what it may import`
  if (specifier.startsWith('.')) return refuseRelative(file, specifier)
  if (specifier.startsWith('#')) return refuseFolder(folder, specifier)
  if (specifier.startsWith('node:')) {
    if (layer.pure !== true || typeOnly || pureModules.includes(specifier)) return undefined
    return `${folder}/ is pure, so that a verdict can be repeated from a saved world: ${specifier} belongs into sources/, verbs/ or cli/`
  }
  return refusePackage(folder, specifier, typeOnly)
}

function refuseRelative(file: string, specifier: string): string | undefined {
  const [, folder = '', ...rest] = file.split('/')
  const up = specifier.split('/').filter(step => step === '..').length
  if (up < rest.length) return undefined
  return `this leaves src/${folder}: across folders write #folder/file.ts, which layers.ts can judge`
}

function refuseFolder(folder: string, specifier: string): string | undefined {
  const other = specifier.slice(1).split('/')[0] ?? ''
  const { may } = layers[folder]!
  if (other === folder || may.includes(other)) return undefined
  const allowed = may.length === 0 ? 'no other folder' : may.join(', ')
  return `${folder}/ may import ${allowed}, so that each folder can be understood without those above it: see layers.ts`
}

function refusePackage(folder: string, specifier: string, typeOnly: boolean): string | undefined {
  const { packages = [], types = [] } = layers[folder]!
  const allowed = typeOnly ? [...packages, ...types] : packages
  const parts = specifier.split('/')
  const name = specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '')
  if (allowed.some(glob => glob === name || (glob.endsWith('/*') && name.startsWith(glob.slice(0, -1))))) return undefined
  if (types.length > 0) return `${folder}/ may use only types of ${types.join(', ')}: see layers.ts`
  return `${folder}/ may use ${packages.length === 0 ? 'no package' : packages.join(', ')}: see layers.ts`
}
