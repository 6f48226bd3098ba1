import type { Format } from '../format.ts'
import { kong } from './kong.ts'
import { tokenwatch } from './tokenwatch.ts'

/** Every format, in the order in which they are asked. A new format is one file and one line here. */
export const formats: readonly Format[] = [tokenwatch, kong]
