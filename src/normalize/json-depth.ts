/** Whether JSON text nests deeper than `depthMax`; brackets in strings do not count. O(length). */
export function isDeeperThan(json: string, depthMax: number): boolean {
  let depth = 0
  let isString = false
  for (let i = 0; i < json.length; i += 1) {
    const code = json.charCodeAt(i)
    if (isString) {
      if (code === 0x5c) i += 1
      else if (code === 0x22) isString = false
    } else if (code === 0x22) isString = true
    else if (code === 0x7b || code === 0x5b) {
      depth += 1
      if (depth > depthMax) return true
    } else if (code === 0x7d || code === 0x5d) depth -= 1
  }
  return false
}
