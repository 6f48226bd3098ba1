type Child = Node | string | number | false | undefined
type Listener = (event: Event) => void
type Options = Readonly<Record<string, string | number | boolean | Listener | undefined>>

const svgNamespace = 'http://www.w3.org/2000/svg'

/**
 * Makes an element. Data enters as text nodes and attribute values only, never as markup: what came
 * from a log line cannot become an element.
 *
 * @param options - attributes; a function under `onclick` and the like listens; `true` sets an empty
 *   attribute, `false` and `undefined` set none
 */
export function el<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  options: Options = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  return fill(document.createElement(name), options, children)
}

/** The same for drawings. */
export function svg<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  options: Options = {},
  ...children: Child[]
): SVGElementTagNameMap[Name] {
  return fill(document.createElementNS(svgNamespace, name), options, children)
}

function fill<Made extends Element>(made: Made, options: Options, children: Child[]): Made {
  for (const [name, value] of Object.entries(options)) apply(made, name, value)
  for (const child of children) {
    if (child === false || child === undefined) continue
    made.append(child instanceof Node ? child : String(child))
  }
  return made
}

function apply(made: Element, name: string, value: Options[string]): void {
  if (typeof value === 'function') made.addEventListener(name.slice(2), value)
  else if (value === true) made.setAttribute(name, '')
  else if (value !== undefined && value !== false) made.setAttribute(name, String(value))
}
