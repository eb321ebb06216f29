import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { layers } from '../../layers.ts'
import { whyRefused } from './import-rule.ts'
import { whyMisnamed } from './name-rule.ts'

/** Rules of the house that the linter lacks, as an oxlint plugin. Each message gives its reason. */
const root = fileURLToPath(new URL('../..', import.meta.url))
const fromRoot = (file: string) => relative(root, file).split(sep).join('/')

interface Node {
  readonly type: string
}
interface Context {
  readonly filename: string
  report(what: { readonly node: Node; readonly message: string }): void
}
interface Source {
  readonly value?: unknown
}
interface Declaration extends Node {
  readonly source: Source | null
  readonly importKind?: string
  readonly exportKind?: string
}
interface NewDate extends Node {
  readonly callee: { readonly type: string; readonly name?: string }
  readonly arguments: readonly unknown[]
}

function layersRule(context: Context) {
  const file = fromRoot(context.filename)
  const judge = (node: Node, source: Source | null, typeOnly: boolean) => {
    if (typeof source?.value !== 'string') return
    const message = whyRefused({ file, specifier: source.value, typeOnly })
    if (message !== undefined) context.report({ node, message })
  }
  return {
    ImportDeclaration: (node: Declaration) => judge(node, node.source, node.importKind === 'type'),
    ExportAllDeclaration: (node: Declaration) => judge(node, node.source, node.exportKind === 'type'),
    ExportNamedDeclaration: (node: Declaration) => judge(node, node.source, node.exportKind === 'type'),
    ImportExpression: (node: Declaration) => judge(node, node.source, false),
    TSImportType: (node: Declaration) => judge(node, node.source, true),
  }
}

function fileNameRule(context: Context) {
  return {
    Program(node: Node) {
      const message = whyMisnamed(fromRoot(context.filename))
      if (message !== undefined) context.report({ node, message })
    },
  }
}

function clockRule(context: Context) {
  const [top, folder = ''] = fromRoot(context.filename).split('/')
  if (top !== 'src' || layers[folder]?.pure !== true) return {}
  return {
    NewExpression(node: NewDate) {
      if (node.callee.name !== 'Date' || node.arguments.length > 0) return
      context.report({
        node,
        message: `${folder}/ is pure: world.readAt is the only clock, so that a saved world gives the same verdicts tomorrow`,
      })
    },
  }
}

export default {
  meta: { name: 'house' },
  rules: {
    layers: { create: layersRule },
    'file-name': { create: fileNameRule },
    clock: { create: clockRule },
  },
}
