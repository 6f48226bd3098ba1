import { el } from './element.ts'

/** Asks before something real happens; resolves to true only on the named button. */
export function confirmAction(question: {
  readonly title: string
  readonly text: string
  readonly button: string
}): Promise<boolean> {
  return new Promise(resolve => {
    const answer = (isYes: boolean) => () => {
      dialog.close()
      resolve(isYes)
    }
    const dialog = el(
      'dialog',
      { 'aria-labelledby': 'confirm-title', oncancel: () => resolve(false) },
      el('h2', { id: 'confirm-title' }, question.title),
      el('p', {}, question.text),
      el(
        'div',
        { class: 'buttons' },
        el('button', { type: 'button', autofocus: true, onclick: answer(false) }, 'Cancel'),
        el('button', { type: 'button', class: 'danger', onclick: answer(true) }, question.button),
      ),
    )
    dialog.addEventListener('close', () => dialog.remove())
    document.body.append(dialog)
    dialog.showModal()
  })
}
