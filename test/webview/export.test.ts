/** How large pictures of charts become. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { pngScale } from '../../webview/shared/export';

test('a PNG has two pixels for one, and fewer where browsers draw no canvas so large', () => {
  assert.equal(pngScale({ width: 700, height: 1000 }), 2);
  for (const [width, height] of [
    [700, 40_000],
    [40_000, 700],
    [9000, 9000],
    [1800, 200_000],
  ] as const) {
    const scale = pngScale({ width, height });
    assert.ok(scale > 0 && scale < 2);
    assert.ok(scale * Math.max(width, height) < 32_767.5, `${width} x ${height} is too long`);
    assert.ok(scale * width * scale * height < 2 ** 26 + 1, `${width} x ${height} is too large`);
  }
});
