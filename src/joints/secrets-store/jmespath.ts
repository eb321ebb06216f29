import { JmesPathError, tokensOf, type Kind, type Token } from './jmespath-tokens.ts'

/**
 * Whether go-jmespath, with which the provider takes values out of secrets, can read an expression: its grammar (parser.go, lexer.go of
 * github.com/jmespath/go-jmespath) and its functions. Nothing is evaluated.
 * https://jmespath.org/specification.html#grammar
 */
export function jmesPathFault(expression: string): string | undefined {
  try {
    new Parser(tokensOf(expression)).whole()
    return undefined
  } catch (error) {
    if (error instanceof JmesPathError) return error.message
    throw error
  }
}

/** How strongly a token binds what stands before it. */
const powers: Readonly<Partial<Record<Kind, number>>> = {
  '|': 1,
  '||': 2,
  '&&': 3,
  '==': 5,
  '!=': 5,
  '<': 5,
  '<=': 5,
  '>': 5,
  '>=': 5,
  '[]': 9,
  '*': 20,
  '[?': 21,
  '.': 40,
  '!': 45,
  '{': 50,
  '[': 55,
  '(': 60,
}

const functions: ReadonlySet<string> = new Set(
  (
    'abs avg ceil contains ends_with floor join keys length map max max_by merge min min_by not_null reverse sort sort_by starts_with sum to_array ' +
    'to_number to_string type values'
  ).split(' '),
)

/** Where a projection ends: what binds no stronger belongs to whatever stands round it. */
const projectionStop = 10

/** Nobody writes such a thing: it keeps hostile text from filling the stack. */
const deepest = 500

class Parser {
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  whole(): void {
    this.#expression(0)
    if (this.#peek() !== 'end') this.#unexpected()
  }

  #peek(ahead = 0): Kind {
    return this.#tokens[this.#next + ahead]?.kind ?? 'end'
  }

  #take(): Token {
    const token = this.#tokens[this.#next] ?? { kind: 'end', text: 'the end', at: 0 }
    this.#next += 1
    return token
  }

  #match(kind: Kind): void {
    if (this.#peek() !== kind) this.#unexpected()
    this.#next += 1
  }

  #unexpected(): never {
    const { text, at } = this.#take()
    throw new JmesPathError(`${text} cannot stand at ${at + 1}`)
  }

  #expression(power: number): void {
    this.#depth += 1
    if (this.#depth > deepest) throw new JmesPathError('it is nested too deeply')
    let left = this.#take()
    this.#first(left)
    while (power < (powers[this.#peek()] ?? 0)) {
      const operator = this.#take()
      this.#further(operator, left)
      left = operator
    }
    this.#depth -= 1
  }

  #first(token: Token): void {
    switch (token.kind) {
      case 'name':
      case 'text':
      case 'literal':
      case '@':
        return
      case 'quoted':
        if (this.#peek() === '(') this.#unexpected()
        return
      case '*':
        if (this.#peek() !== ']') this.#projection(20)
        return
      case '[?':
        return this.#filter()
      case '{':
        return this.#hash()
      case '[]':
        return this.#projection(9)
      case '[':
        return this.#bracket()
      case '&':
        return this.#expression(0)
      case '!':
        return this.#expression(45)
      case '(':
        this.#expression(0)
        return this.#match(')')
      default:
        throw new JmesPathError(`${token.text} cannot stand at ${token.at + 1}`)
    }
  }

  #further({ kind, text, at }: Token, left: Token): void {
    switch (kind) {
      case '.':
        if (this.#peek() !== '*') return this.#afterDot(40)
        this.#next += 1
        return this.#projection(40)
      case '(':
        return this.#call(left)
      case '[?':
        return this.#filter()
      case '[]':
        return this.#projection(9)
      case '[':
        if (this.#peek() === 'number' || this.#peek() === ':') return this.#index()
        this.#match('*')
        this.#match(']')
        return this.#projection(20)
      default:
        if (powers[kind] === undefined || kind === '!' || kind === '{' || kind === '*')
          throw new JmesPathError(`${text} cannot stand at ${at + 1}`)
        return this.#expression(powers[kind] ?? 0)
    }
  }

  #afterDot(power: number): void {
    const kind = this.#peek()
    if (kind === 'name' || kind === 'quoted' || kind === '*') return this.#expression(power)
    if (kind === '[') {
      this.#next += 1
      return this.#list()
    }
    this.#match('{')
    this.#hash()
  }

  #projection(power: number): void {
    const kind = this.#peek()
    if ((powers[kind] ?? 0) < projectionStop) return
    if (kind === '[' || kind === '[?') return this.#expression(power)
    this.#match('.')
    this.#afterDot(power)
  }

  #filter(): void {
    this.#expression(0)
    this.#match(']')
    if (this.#peek() !== '[]') this.#projection(21)
  }

  #bracket(): void {
    if (this.#peek() === 'number' || this.#peek() === ':') return this.#index()
    if (this.#peek() === '*' && this.#peek(1) === ']') {
      this.#next += 2
      return this.#projection(20)
    }
    this.#list()
  }

  #index(): void {
    if (this.#peek() !== ':' && this.#peek(1) !== ':') {
      this.#number()
      return this.#match(']')
    }
    let colons = 0
    while (this.#peek() !== ']') {
      if (this.#peek() === ':') {
        colons += 1
        if (colons > 2) this.#unexpected()
        this.#next += 1
      } else this.#number()
    }
    this.#match(']')
    this.#projection(20)
  }

  #number(): void {
    if (this.#peek() !== 'number' || this.#tokens[this.#next]?.text === '-') this.#unexpected()
    this.#next += 1
  }

  #list(): void {
    do this.#expression(0)
    while (this.#comma())
    this.#match(']')
  }

  #hash(): void {
    do {
      if (this.#peek() !== 'name' && this.#peek() !== 'quoted') this.#unexpected()
      this.#next += 1
      this.#match(':')
      this.#expression(0)
    } while (this.#comma())
    this.#match('}')
  }

  #comma(): boolean {
    if (this.#peek() !== ',') return false
    this.#next += 1
    return true
  }

  #call(name: Token): void {
    if (name.kind !== 'name') throw new JmesPathError(`${name.text} at ${name.at + 1} is no function`)
    if (!functions.has(name.text)) throw new JmesPathError(`there is no function ${name.text}`)
    if (this.#peek() !== ')') {
      do this.#expression(0)
      while (this.#comma())
    }
    this.#match(')')
  }
}
