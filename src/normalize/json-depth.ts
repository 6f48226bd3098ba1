/** Index behind the string that starts at `start`, or the end. */
function stringEnd(json: string, start: number): number {
  let at = start + 1
  while (at < json.length && json.charCodeAt(at) !== 0x22)
    at += json.charCodeAt(at) === 0x5c ? 2 : 1
  return at
}

/** Whether JSON text nests deeper than `depthMax`; brackets in strings do not count. O(length). */
export function isDeeperThan(json: string, depthMax: number): boolean {
  let depth = 0
  for (let i = 0; i < json.length; i += 1) {
    const char = json[i]
    if (char === '"') i = stringEnd(json, i)
    else if (char === '{' || char === '[') depth += 1
    else if (char === '}' || char === ']') depth -= 1
    if (depth > depthMax) return true
  }
  return false
}
