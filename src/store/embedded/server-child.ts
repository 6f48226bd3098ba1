/**
 * What the child process runs: ClickHouse's own main(), called inside a Node process.
 * Arguments: path of ffi-rs, path of libchdb, then the argv of `clickhouse local`.
 *
 * A string and not a file: so it runs the same from the sources, from the build, and wherever a bundler
 * puts things. The call blocks until the query given by --query ends. It returns, and does not throw, on
 * any start error (port in use, bad configuration, locked folder): the parent takes every exit before its
 * own stop for a failure. The returned pointer must not be read, that crashes when the start failed.
 */
export const serverChild = `
const [ffi, library, ...argv] = process.argv.slice(1)
const { open, load, DataType } = require(ffi)
open({ library: 'chdb', path: library })
load({
  library: 'chdb',
  funcName: 'chdb_query_cmdline',
  retType: DataType.External,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [argv.length, argv],
  runInNewThread: false,
})
`
