/** Programs; the number after the slash is the major version. Thieves use the same ones. */
export const programs = [
  'acme-sdk-go/3',
  'acme-sdk-python/2',
  'acme-sdk-node/5',
  'acme-sdk-java/4',
  'okhttp/4',
  'axios/1',
  'python-requests/2',
  'Go-http-client/2',
  'Java-http-client/21',
  'GuzzleHttp/7',
  'curl/8',
  'aiohttp/3',
  'node-fetch/3',
  'PostmanRuntime/7',
] as const

export const tools = ['PostmanRuntime/7', 'curl/8', 'python-requests/2', 'insomnia/9'] as const

export const deviceAgents = [
  'edge-agent/1',
  'edge-agent/2',
  'modem-fw/6',
  'esp-http-client/1',
] as const

export const integrationAgents = [
  'Zapier/1',
  'n8n/1',
  'Workato/3',
  'MuleSoft/4',
  'Boomi/2',
] as const

const browserShells = [
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/',
    '.0.0.0 Safari/537.36',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_4) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/',
    '.0.0.0 Safari/537.36',
  ],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/', '.0'],
] as const
export const browserKinds = browserShells.length

export function browserAgent(kind: number, major: number): string {
  const [before, after] = browserShells[kind % browserKinds] ?? browserShells[0]
  return `${before}${major}${after}`
}

/** The next major versions of a program. */
export function raiseMajor(agent: string, by: number): string {
  const at = agent.lastIndexOf('/') + 1
  return by === 0 ? agent : `${agent.slice(0, at)}${Number(agent.slice(at)) + by}`
}
