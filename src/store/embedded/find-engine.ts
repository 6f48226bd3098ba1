import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { OperatorError } from '../../domain/operator-error.ts'

/** Where the parts of the embedded engine lie. */
export interface Engine {
  /** Entry of the package that calls into a shared library. */
  readonly ffi: string
  /** The shared library that holds ClickHouse. */
  readonly library: string
}

export interface Platform {
  readonly os: string
  readonly architecture: string
  /** False on Alpine and other systems with musl; does not matter outside Linux. */
  readonly hasGlibc: boolean
}

/**
 * The engine for this platform. It ships as builds for Linux with glibc (x64, arm64) and for macOS.
 *
 * @throws OperatorError where there is no build, or where the install left it out
 */
export function findEngine(platform: Platform = thisPlatform()): Engine {
  const name = `${platform.os}-${platform.architecture}`
  const isSupported = /^(linux|darwin)-(x64|arm64)$/.test(name)
  if (!isSupported || (platform.os === 'linux' && !platform.hasGlibc)) {
    throw cannotEmbed(
      `the embedded ClickHouse does not run on ${name}${isSupported ? ' with musl' : ''}`,
      'Set store.url (CLICKHOUSE_URL) to a ClickHouse server, or use Linux with glibc or macOS.',
    )
  }
  const buildName = `@chdb/lib-${name}${platform.os === 'linux' ? '-gnu' : ''}`
  try {
    const here = createRequire(import.meta.url)
    // The build is a dependency of chdb, not ours: resolve it from there.
    const fromChdb = createRequire(here.resolve('chdb/package.json'))
    const folder = dirname(fromChdb.resolve(`${buildName}/package.json`))
    return { ffi: here.resolve('ffi-rs'), library: join(folder, 'libchdb.so') }
  } catch (cause) {
    throw cannotEmbed(
      `the package ${buildName} is not installed`,
      'Run npm install without --omit=optional, or set store.url (CLICKHOUSE_URL) to a server.',
      { cause },
    )
  }
}

function thisPlatform(): Platform {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
  return {
    os: process.platform,
    architecture: process.arch,
    hasGlibc: report.header?.glibcVersionRuntime !== undefined,
  }
}

const cannotEmbed = (problem: string, remedy: string, options?: ErrorOptions) =>
  new OperatorError([{ path: 'store.url', problem, remedy }], options)
