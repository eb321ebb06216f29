import { expect, test } from 'vitest'
import { environmentProxy } from './environment-proxy.ts'

const server = 'https://abc.eks.amazonaws.com:443'
const proxy = 'http://proxy:3128'

test.each([
  ['the scheme chooses the variable', server, { HTTPS_PROXY: proxy, HTTP_PROXY: 'http://other' }, proxy],
  ['lower case, without scheme', server, { https_proxy: 'proxy:3128' }, proxy],
  ['none named', server, {}, undefined],
  ['no proxy to this machine', 'https://127.0.0.1:6443', { HTTPS_PROXY: proxy }, undefined],
  ['excepted domain', server, { HTTPS_PROXY: proxy, NO_PROXY: 'example.com, .amazonaws.com' }, undefined],
  ['a domain excepts its hosts', server, { HTTPS_PROXY: proxy, NO_PROXY: 'amazonaws.com' }, undefined],
  ['not a mere suffix', server, { HTTPS_PROXY: proxy, NO_PROXY: 'zonaws.com' }, proxy],
  ['everything excepted', server, { HTTPS_PROXY: proxy, NO_PROXY: '*' }, undefined],
  ['excepted network', 'https://10.1.2.3:6443', { HTTPS_PROXY: proxy, NO_PROXY: '10.0.0.0/8' }, undefined],
  ['outside the network', 'https://11.1.2.3:6443', { HTTPS_PROXY: proxy, NO_PROXY: '10.0.0.0/8' }, proxy],
  ['excepted on another port only', 'https://10.1.2.3:6443', { HTTPS_PROXY: proxy, NO_PROXY: '10.1.2.3:443' }, proxy],
])('%s', (_, url, environment, expected) => {
  expect(environmentProxy(url, environment)).toBe(expected)
})
