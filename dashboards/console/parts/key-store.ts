const NAME = 'tokenwatch-key'

/** The key of this tab: from the address (`#key=…`, taken out of it at once) or from before. */
export function takeKey(): string | undefined {
  const [, found] = /^#key=([\w-]{1,300})$/.exec(location.hash) ?? []
  if (found !== undefined) {
    keepKey(found)
    history.replaceState(null, '', location.pathname)
  }
  return sessionStorage.getItem(NAME) ?? undefined
}

export function keepKey(key: string): void {
  sessionStorage.setItem(NAME, key)
}

export function forgetKey(): void {
  sessionStorage.removeItem(NAME)
}
