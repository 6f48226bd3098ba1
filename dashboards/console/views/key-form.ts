import { el } from '../parts/element.ts'

/** Asks for the key. Where it comes from is told, because it was shown once and long ago. */
export function createKeyForm(options: {
  readonly isRefused: boolean
  readonly onKey: (key: string) => void
}): HTMLElement {
  const input = el('input', {
    type: 'password',
    name: 'key',
    id: 'key',
    required: true,
    maxlength: 300,
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder: 'twk_…',
    'aria-describedby': 'key-help',
  })
  const onsubmit = (event: Event) => {
    event.preventDefault()
    const key = input.value.trim()
    if (key !== '') options.onKey(key)
  }
  queueMicrotask(() => input.focus())
  return el(
    'main',
    { class: 'gate' },
    el(
      'form',
      { class: 'card', onsubmit },
      el('h1', {}, 'tokenwatch'),
      options.isRefused &&
        el('p', { class: 'refused', role: 'alert' }, 'This key was refused. Try another one.'),
      el('label', { for: 'key' }, 'Admin key'),
      input,
      el(
        'p',
        { class: 'muted small', id: 'key-help' },
        'It was printed when tokenwatch started for the first time. It stays in this tab only.',
      ),
      el('button', { type: 'submit', class: 'primary' }, 'Open the console'),
    ),
  )
}
