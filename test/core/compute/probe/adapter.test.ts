/** Which adapter WebGPU runs on, concluded from logs and loaded libraries. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { adapterOf } from '../../../../src/core/compute/probe/adapter';

const line = (type: number, vendor: string, device: string, metadata = '') =>
  `2026-01-01 [I:onnxruntime:onnxruntime-node, device_discovery_common.cc:34 operator()] Discovered OrtHardwareDevice {vendor_id:${vendor}, device_id:${device}, vendor:Any, type:${type}, metadata: [${metadata}]}\n`;
const cpu = line(0, '0x1022', '0x0');
const nvidia = line(1, '0x10de', '0x2330');
const loader = '/usr/lib/libvulkan.so.1';

test('without a GPU in the system, an adapter is software', () => {
  const swiftShader = adapterOf(cpu, [loader, '/usr/lib/chromium/libvk_swiftshader.so'], 'linux');
  assert.deepEqual(swiftShader, { device: 'SwiftShader', software: true });
  const mesa = adapterOf(cpu, [loader, '/usr/lib/x86_64-linux-gnu/libvulkan_lvp.so'], 'linux');
  assert.deepEqual(mesa, { device: 'llvmpipe', software: true });
  assert.deepEqual(adapterOf(cpu, [], 'win32'), { device: 'WARP', software: true });
  assert.equal(adapterOf(cpu, [loader], 'linux').software, true);
});

test('a GPU whose driver is not loaded is not what runs', () => {
  const libraries = [loader, '/usr/lib/libvulkan_radeon.so', '/usr/lib/libvulkan_lvp.so'];
  assert.deepEqual(adapterOf(cpu + nvidia, libraries, 'linux'), { device: 'llvmpipe', software: true });
});

test('a GPU with its driver is named', () => {
  const found = adapterOf(cpu + nvidia, [loader, '/usr/lib/libGLX_nvidia.so.0'], 'linux');
  assert.deepEqual(found, { device: 'NVIDIA GPU 0x2330', software: false });
  const other = adapterOf(cpu + line(1, '0x5143', '0x1'), ['/usr/lib/libvulkan_freedreno.so'], 'linux');
  assert.deepEqual(other, { device: 'vendor 0x5143 GPU 0x1', software: false });
});

test('the description of the system is taken where there is one', () => {
  const log = line(1, '0x10DE', '0x2684', 'Description=NVIDIA GeForce RTX 4090, LUID=77');
  assert.deepEqual(adapterOf(log, [], 'win32'), { device: 'NVIDIA GeForce RTX 4090', software: false });
  assert.deepEqual(adapterOf('', [], 'darwin'), { device: 'Apple GPU', software: false });
});

test('of two GPUs with drivers the card runs, whichever the system tells first', () => {
  const intel = line(1, '0x8086', '0x9a49', 'card_idx=0, Discrete=0');
  const card = line(1, '0x10de', '0x2330', 'card_idx=1, Discrete=1');
  const libraries = [loader, '/usr/lib/libvulkan_intel.so', '/usr/lib/libGLX_nvidia.so.0'];
  for (const log of [intel + card, card + intel])
    assert.deepEqual(adapterOf(log, libraries, 'linux'), { device: 'NVIDIA GPU 0x2330', software: false });
  // Without the card's driver it is the other.
  assert.equal(adapterOf(card + intel, libraries.slice(0, 2), 'linux').device, 'Intel GPU 0x9a49');
});
