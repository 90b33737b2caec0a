/** Downloads go through the proxy that the editor is set to, unless the environment names one. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { proxyEnvironment } from '../../../src/host/runtime/proxyEnvironment';

const proxy = 'http://proxy.example:3128';

test('the proxy of the settings goes to the process that downloads', () => {
  assert.deepEqual(proxyEnvironment({ proxy, noProxy: ['localhost', '.example'] }, {}), {
    HTTPS_PROXY: proxy,
    HTTP_PROXY: proxy,
    NO_PROXY: 'localhost,.example',
  });
});

test('nothing is said without one, where it is off, and where the environment has said it', () => {
  assert.deepEqual(proxyEnvironment({ proxy: '' }, {}), {});
  assert.deepEqual(proxyEnvironment({ proxy, proxySupport: 'off' }, {}), {});
  assert.deepEqual(proxyEnvironment({ proxy }, { https_proxy: 'http://other:1' }), {});
});
