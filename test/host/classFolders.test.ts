/** Which folders the data question offers as folders of class folders. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { classFolderRoots } from '../../src/host/finetune/classFolders';

test('the folder above two or more folders of images is a data set', () => {
  const images = ['/w/scans/cat/1.png', '/w/scans/cat/2.png', '/w/scans/dog/1.jpg', '/w/docs/figures/a.png'];
  assert.deepEqual(classFolderRoots(images), ['/w/scans']);
});

test('folders of splits belong to the data set above them', () => {
  const images = ['/w/scans/train/cat/1.png', '/w/scans/train/dog/1.png', '/w/scans/Test/cat/2.png'];
  assert.deepEqual(classFolderRoots(images), ['/w/scans']);
});

test('images of one class, or at the top of the disk, are none', () => {
  assert.deepEqual(classFolderRoots(['/w/a/only/1.png', '/w/a/only/2.png', '/1.png', '/x/2.png']), []);
});
