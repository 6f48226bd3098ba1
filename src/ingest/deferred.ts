/** A promise that is settled from outside; one that nobody waits for may be rejected all the same. */
export interface Deferred {
  readonly promise: Promise<void>
  resolve(): void
  reject(error: unknown): void
}

export function deferred(): Deferred {
  let settle: Pick<Deferred, 'resolve' | 'reject'> | undefined
  const promise = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject }
  })
  promise.catch(() => undefined) // whoever waits sees the failure; nobody has to wait
  return {
    promise,
    resolve: () => settle?.resolve(),
    reject: error => settle?.reject(error),
  }
}
