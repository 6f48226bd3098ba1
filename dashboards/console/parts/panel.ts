/** A part of the page that is drawn again only when its data changed. */
export interface Panel<Model> {
  readonly node: HTMLElement
  update(model: Model): void
}

/**
 * Draws into a node, keeps focus on the element with the same `data-focus` across drawings, and does
 * nothing when the data is the same: a page that polls must not take the selection from its reader.
 */
export function createPanel<Model>(
  node: HTMLElement,
  draw: (model: Model) => readonly (Node | string)[],
): Panel<Model> {
  let drawn: string | undefined
  let isEmpty = true
  return {
    node,
    update(model) {
      const content = JSON.stringify(model)
      if (content === drawn && !isEmpty) return
      drawn = content
      isEmpty = false
      const focused = node.contains(document.activeElement)
        ? document.activeElement?.getAttribute('data-focus')
        : undefined
      node.replaceChildren(...draw(model))
      if (focused) {
        const again = [...node.querySelectorAll<HTMLElement>('[data-focus]')]
        again.find(element => element.dataset['focus'] === focused)?.focus()
      }
    },
  }
}
