import type { Format } from '../format.ts'
import { apinto } from './apinto.ts'
import { apipark } from './apipark.ts'
import { apisix } from './apisix.ts'
import { envoy } from './envoy.ts'
import { kong } from './kong.ts'
import { nginxCombined } from './nginx-combined.ts'
import { nginxJson } from './nginx-json.ts'
import { tokenwatch } from './tokenwatch.ts'

/** Every format, in the order in which they are asked. A new format is one file and one line here. */
export const formats: readonly Format[] = [
  tokenwatch,
  kong,
  apisix,
  apipark,
  apinto,
  envoy,
  nginxJson,
  nginxCombined,
]
