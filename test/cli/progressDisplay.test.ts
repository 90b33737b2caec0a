/** What of progress reaches a terminal that knows no codes, such as that of a CI. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import test from 'node:test';
import { createProgressDisplay } from '../../src/cli/progressDisplay';

function writtenWith(terminal: string): string {
  const before = process.env.TERM;
  process.env.TERM = terminal;
  try {
    const stream = Object.assign(new PassThrough(), {
      isTTY: true,
      columns: 80,
      cursorTo() {},
      clearLine() {},
    });
    const { report, say, stop } = createProgressDisplay(stream as unknown as NodeJS.WriteStream);
    report({ stage: 'Epoch 1 of 2', done: 0, total: 2 });
    report({ stage: 'Epoch 1 of 2', done: 1, total: 2 });
    report({ stage: 'Epoch 2 of 2', done: 2, total: 2 });
    say('done');
    stop();
    return String(stream.read());
  } finally {
    if (before === undefined) delete process.env.TERM;
    else process.env.TERM = before;
  }
}

test('a terminal gets bars, a dumb one a line a stage and no codes', () => {
  assert.equal(writtenWith('dumb'), 'Epoch 1 of 2\nEpoch 2 of 2\ndone\n');
  const bars = writtenWith('xterm');
  assert.ok(bars.includes('\x1b[') && bars.includes('Epoch 2 of 2'), bars);
});
