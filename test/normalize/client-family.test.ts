import { expect, test } from 'vitest'

import { clientFamily } from '../../src/normalize/client-family.ts'

const chromium = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)'

test.each([
  ['python-requests/2.32.3', 'python-requests/2'],
  ['openai-python/1.40.0', 'openai-python/1'],
  ['curl/8.7.1', 'curl/8'],
  ['Go-http-client/1.1', 'go-http-client/1'],
  ['okhttp/4.12.0', 'okhttp/4'],
  ['aws-sdk-js/3.1.0 ua/2.0 os/linux', 'aws-sdk-js/3'],
  ['Dart/3.5 (dart:io)', 'dart/3'],
  ['axios', 'axios'],
  ['PostmanRuntime/7.40.0', 'postmanruntime/7'],
  [`${chromium} Chrome/126.0.0.0 Safari/537.36`, 'chrome/126'],
  [`${chromium} Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0`, 'edge/126'],
  [`${chromium} HeadlessChrome/126.0.0.0 Safari/537.36`, 'headless-chrome/126'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0', 'firefox/127'],
  [
    'Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15',
    'safari/17',
  ],
  ['Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.0)', 'internet-explorer/8'],
  ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 'googlebot/2'],
  ['', ''],
  ['-', ''],
  ['\u0000\u0001', ''],
])('%s is %s', (agent, client) => {
  expect(clientFamily(agent)).toBe(client)
})
