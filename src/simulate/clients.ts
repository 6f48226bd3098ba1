/** User agents by who sends them. */
export const serverAgents = [
  'okhttp/4.12.0',
  'Go-http-client/1.1',
  'axios/1.7.9',
  'Java-http-client/21.0.5',
  'GuzzleHttp/7',
  'node-fetch/3.3.2',
] as const

export const scriptAgents = ['python-requests/2.32.3', 'curl/8.5.0', 'Wget/1.21.4'] as const

export const browserAgents = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15',
  'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0',
] as const

export const appAgents = [
  'ShopApp/5.12.1 (iPhone; iOS 18.1)',
  'ShopApp/5.12.0 (Android 15; Pixel 8)',
  'ShopApp/5.11.3 (Android 14; SM-S921B)',
] as const

export const pipelineAgents = ['actions-runner/2.320.0', 'gitlab-runner 17.6.0'] as const

export const modelAgents = ['openai-python/1.57.0', 'langchain/0.3.9'] as const

/** What thieves use: none of the above. */
export const thiefAgents = [
  'python-httpx/0.27.2',
  'aiohttp/3.11.9',
  'python-requests/2.31.0',
] as const
