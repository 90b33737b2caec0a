/** What the drift panel shows of a run in each of its states, in Chromium under the policy that the host sets. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { renderReport } from '../../webview/report/report';
import {
  exampleSimilarity,
  failedSnapshot,
  finishedSnapshot,
  hostileName,
  hostileSnapshot,
  runningSnapshot,
} from './exampleRuns';
import { close, currentBrowser, lastOf, layers, shown, withPanel } from './panelTest';

test('it says that it is ready and that there is no run yet', () =>
  withPanel({}, async (panel) => {
    assert.deepEqual(await panel.sent(), [{ type: 'ready' }]);
    assert.equal(await panel.page.locator('#app').getAttribute('data-state'), 'empty');
    assert.match(await shown(panel.page.locator('#empty')), /No run yet/);
  }));

test('a running run shows its state, progress, and a line and a row for every layer', () =>
  withPanel({}, async (panel) => {
    await panel.send(runningSnapshot());
    const { page } = panel;
    assert.equal(await shown(page.locator('#state')), 'Running');
    assert.match(await shown(page.locator('#progress')), /epoch 9 of 15 · step 165 of 300/);
    assert.equal(await page.locator('[role=progressbar]').getAttribute('aria-valuenow'), '55');
    const lines = await page
      .locator('#similarity-chart .series')
      .evaluateAll((all) => all.map((one) => one.getAttribute('data-series')));
    assert.deepEqual(lines.sort(), [...layers].sort());
    // The last probe of the first 165 of 300 steps, one every 8.
    close(await lastOf(panel, 'final'), exampleSimilarity('repsim', 6, 7, 160 / 300));
    const cells = page.locator('#similarity-strip [data-row="block.3"] rect');
    assert.equal(await cells.count(), 21);
    close(
      Number(await cells.nth(10).getAttribute('data-value')),
      exampleSimilarity('repsim', 3, 7, 80 / 300),
    );
    assert.match(
      await shown(page.locator('#similarity-chart figcaption')),
      /^Debiased linear CKA to the pretrained model, n = 256 validation images, CLS token$/,
    );
  }));

test('snapshots that follow make the lines grow', () =>
  withPanel({}, async (panel) => {
    await panel.send(runningSnapshot({ done: 0.3 }));
    const step = () =>
      panel.page.locator('#similarity-chart [data-series="final"] .line').getAttribute('data-last-step');
    assert.equal(await step(), '88');
    await panel.send(runningSnapshot({ done: 0.6 }));
    assert.equal(await step(), '176');
    await panel.send(finishedSnapshot());
    assert.equal(await step(), '296');
    assert.equal(await shown(panel.page.locator('#state')), 'Finished');
  }));

test('a finished run shows its figures, held-out beside training', () =>
  withPanel({}, async (panel) => {
    await panel.send(finishedSnapshot());
    const row = (name: string) =>
      panel.page.locator('#result tr', { has: panel.page.locator('th', { hasText: name }) });
    assert.deepEqual(await row('Balanced accuracy').locator('td').allInnerTexts(), ['68.6 %']);
    assert.deepEqual(await row('SAM worst case').locator('td').allInnerTexts(), ['0.223', '0.087']);
    assert.deepEqual(await row('k-NN on the old task, after').locator('td').allInnerTexts(), ['72.8 %']);
    assert.equal(await row('block.').count(), 6);
    assert.equal(await panel.page.locator('#cancel').isVisible(), false);
  }));

test('a failed run says why, and shows what was measured', () =>
  withPanel({}, async (panel) => {
    await panel.send(failedSnapshot());
    assert.equal(await shown(panel.page.locator('#state')), 'Failed');
    assert.match(
      await shown(panel.page.locator('#messages [role=alert]')),
      /loss became infinite at step 61/,
    );
    assert.equal(await panel.page.locator('#show-log').isVisible(), true);
    assert.equal(await panel.page.locator('#similarity-chart .series').count(), 7);
  }));

test('cancelled, interrupted and preparing runs say so', () =>
  withPanel({}, async (panel) => {
    const running = runningSnapshot({ done: 0.2 });
    await panel.send({
      ...running,
      state: 'cancelled',
      events: [...running.events, { time: 1, type: 'cancelled', step: 60 }],
    });
    assert.equal(await shown(panel.page.locator('#state')), 'Cancelled');
    assert.match(await shown(panel.page.locator('#messages')), /Cancelled after step 60/);
    await panel.send({ ...running, state: 'interrupted' });
    assert.equal(await shown(panel.page.locator('#state')), 'Interrupted');
    assert.match(await shown(panel.page.locator('#messages')), /process that ran this is gone/);
    await panel.send({ type: 'snapshot', name: 'new', state: 'preparing', events: [] });
    assert.equal(await shown(panel.page.locator('#state')), 'Preparing');
    assert.equal(await panel.page.locator('#similarity-chart').isVisible(), false);
    assert.match(await shown(panel.page.locator('#app')), /first measurement of the drift is still to come/);
  }));

test('a run that trains without measuring the drift promises no measurement', () =>
  withPanel({}, async (panel) => {
    const running = runningSnapshot();
    const events = running.events.filter(({ type }) => type !== 'probe');
    await panel.send({ ...running, events });
    assert.equal(await panel.page.getByRole('heading', { name: /^Similarity/ }).isVisible(), false);
    assert.doesNotMatch(await shown(panel.page.locator('#app')), /still to come/);
    await panel.send(running);
    assert.equal(await panel.page.getByRole('heading', { name: /^Similarity/ }).isVisible(), true);
  }));

test('events alone, without manifest, are drawn', () =>
  withPanel({}, async (panel) => {
    const { events } = runningSnapshot();
    await panel.send({ type: 'snapshot', name: 'bare', state: 'running', events });
    assert.equal(await panel.page.locator('#similarity-chart .series').count(), 7);
  }));

test('a message that is not a snapshot changes nothing but a notice', () =>
  withPanel({}, async (panel) => {
    await panel.send(finishedSnapshot());
    await panel.send({ type: 'snapshot', name: 7 });
    assert.match(await shown(panel.page.locator('#messages')), /could not be read \(name: /);
    assert.equal(await panel.page.locator('#similarity-chart .series').count(), 7);
    await panel.send(finishedSnapshot());
    assert.equal(await panel.page.locator('#messages').isVisible(), false);
  }));

test('hostile names neither script the panel nor widen it', () =>
  withPanel({ width: 350 }, async (panel) => {
    await panel.send(hostileSnapshot());
    const { page } = panel;
    assert.equal(await page.title(), 'RepSim');
    assert.equal(await page.locator('#app img, #app script').count(), 0);
    assert.ok((await shown(page.locator('h1'))).length <= 80);
    assert.doesNotMatch(await shown(page.locator('#app')), /NaN|undefined|\u202e/);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.equal(width, 350);
    assert.equal((await page.locator('#similarity-strip rect.missing').count()) > 0, true);
  }));

test('a report with hostile names is text in a browser too', async () => {
  const { manifest, events, result } = hostileSnapshot();
  const html = renderReport({
    title: hostileName,
    runs: [{ name: hostileName, manifest, events, result }],
    reproduce: hostileName,
  });
  const page = await currentBrowser().newPage();
  const problems: string[] = [];
  page.on('console', (message) => problems.push(message.text()));
  page.on('request', (request) => problems.push(request.url()));
  await page.route('https://report.test/', (route) =>
    route.fulfill({ body: html, contentType: 'text/html' }),
  );
  await page.goto('https://report.test/');
  assert.deepEqual(
    problems.filter((problem) => problem !== 'https://report.test/'),
    [],
  );
  assert.equal(await page.locator('script, img').count(), 0);
  assert.match(await page.title(), /^<img src=x onerror=/);
  assert.ok((await page.locator('svg.chart').count()) >= 3);
  await page.close();
});
