/** Which tfjs backend is in force, before, during and after. */
import assert from 'node:assert/strict';
import test from 'node:test';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { withBackend } from '../../../src/core/compute/backend';

class OtherBackend extends tf.KernelBackend {
  override dispose(): void {}
}
tf.registerBackend('other', () => new OtherBackend());

const inForce = () => tf.engine().backendName;

test('the backend before is put back, also after an error', () => {
  withBackend('cpu', () => {
    assert.equal(
      withBackend('other', () => inForce()),
      'other',
    );
    assert.equal(inForce(), 'cpu');
    const failing = () =>
      withBackend('other', () => {
        assert.equal(inForce(), 'other');
        throw new Error('inside');
      });
    assert.throws(failing, /inside/);
    assert.equal(inForce(), 'cpu');
  });
});

test('backends may be nested', () => {
  withBackend('other', () => {
    withBackend('cpu', () => withBackend('other', () => assert.equal(inForce(), 'other')));
    assert.equal(inForce(), 'other');
  });
});

test('a backend that is not there is named, and changes nothing', () => {
  withBackend('cpu', () => {
    assert.throws(() => withBackend('abacus', () => assert.fail('was run')), /abacus/);
    assert.equal(inForce(), 'cpu');
  });
});
