import assert from 'node:assert/strict';
import test from 'node:test';
import { drawBarChart } from '../../webview/shared/charts/barChart';
import { displayName } from '../../webview/shared/charts/displayName';
import {
  formatChange,
  formatCount,
  formatDuration,
  formatPercent,
  formatValue,
} from '../../webview/shared/charts/format';
import { drawHeatStrip, type HeatStrip } from '../../webview/shared/charts/heatStrip';
import { drawLineChart, type LineChart } from '../../webview/shared/charts/lineChart';
import { depthRamps, heatColour, layerStyle, seriesColours } from '../../webview/shared/charts/palette';
import { placeLabels } from '../../webview/shared/charts/placeLabels';
import { thinPoints } from '../../webview/shared/charts/thinPoints';
import { emptyPicture, numbers } from './chartDocument';
import { hostileName } from './exampleRuns';

const layers = ['block.0', 'block.1', 'final'];

function lineChart(change: Partial<LineChart> = {}): LineChart {
  return {
    title: 'Similarity',
    summary: 'Three layers.',
    xLabel: 'step',
    yLabel: 'CKA',
    unit: 'value',
    x: [0, 100],
    y: [0, 1],
    series: layers.map((name, i) => ({
      name,
      style: layerStyle(i, layers),
      points: [0, 50, 100].map((x) => ({ x, y: 1 - (x / 100) * (i / 4) })),
    })),
    ...change,
  };
}

function strip(change: Partial<HeatStrip> = {}): HeatStrip {
  return {
    title: 'Strip',
    summary: '',
    xLabel: 'step',
    scaleLabel: 'similarity',
    x: [0, 20],
    range: [0, 1],
    rows: layers,
    columns: [0, 10, 20].map((step) => ({ step, values: [1, 1 - step / 40, 1 - step / 20] })),
    ...change,
  };
}

test('there is no global document for charts to draw into', () => {
  assert.equal(typeof document, 'undefined');
});

test('a line chart holds its values, its name and a label a series', () => {
  const svg = emptyPicture();
  drawLineChart(svg, lineChart(), { width: 600, height: 300 }, { values: true });
  assert.equal(svg.getAttribute('role'), 'img');
  assert.equal(svg.getAttribute('aria-label'), 'Similarity. Three layers.');
  const lines = [...svg.querySelectorAll('.series')];
  assert.deepEqual(lines.map((line) => line.getAttribute('data-series')).sort(), [...layers].sort());
  const final = svg.querySelector('[data-series="final"] path');
  assert.deepEqual(numbers(final, 'data-values'), [
    [0, 1],
    [50, 0.75],
    [100, 0.5],
  ]);
  assert.equal(final?.getAttribute('data-last'), '0.5');
  assert.deepEqual(
    [...svg.querySelectorAll('text.label')].map((label) => label.textContent),
    layers,
  );
});

test('the axes span the ranges that were asked for', () => {
  const svg = emptyPicture();
  const { x, y, plot } = drawLineChart(svg, lineChart({ x: [0, 300], y: [0.5, 1] }), {
    width: 600,
    height: 300,
  });
  assert.equal(x(300), plot.right);
  assert.equal(y(1), plot.top);
  assert.equal(y(0.5), plot.bottom);
  const ticks = [...svg.querySelectorAll('.axis-x text')].map((tick) => Number(tick.textContent));
  assert.equal(ticks[0], 0);
  assert.equal(ticks.at(-1), 300);
});

test('a value that does not exist leaves a gap, and a point between two gaps is still drawn', () => {
  const svg = emptyPicture();
  const points = [1, null, 0.5, null, 0.25, 0.2].map((y, x) => ({ x, y }));
  const series = [{ name: 'final', style: layerStyle(2, layers), points }];
  drawLineChart(svg, lineChart({ x: [0, 5], series }), { width: 600, height: 300 });
  const path = svg.querySelector('.line')?.getAttribute('d') ?? '';
  assert.equal(path.match(/M/g)?.length, 3);
  assert.doesNotMatch(path, /NaN/);
});

test('a series without any value draws nothing and breaks nothing', () => {
  const svg = emptyPicture();
  const series = [{ name: 'final', style: layerStyle(2, layers), points: [{ x: 0, y: null }] }];
  drawLineChart(svg, lineChart({ series }), { width: 600, height: 300 });
  assert.equal(svg.querySelector('.line')?.getAttribute('d'), '');
  assert.equal(svg.querySelectorAll('text.label').length, 0);
});

test('a value beyond the axis stays inside the plot', () => {
  const svg = emptyPicture();
  const series = [
    {
      name: 'a',
      style: layerStyle(0, layers),
      points: [
        { x: 0, y: 5 },
        { x: 100, y: 0 },
      ],
    },
  ];
  const { plot } = drawLineChart(svg, lineChart({ series }), { width: 600, height: 300 });
  assert.ok(svg.querySelector('.line')?.getAttribute('d')?.includes(`,${plot.top}`));
});

test('hostile names are text, cut to a length that can be shown', () => {
  const svg = emptyPicture();
  const series = [{ name: hostileName, style: layerStyle(0, layers), points: [{ x: 0, y: 1 }] }];
  drawLineChart(svg, lineChart({ series }), { width: 600, height: 300 });
  drawHeatStrip(svg, strip({ rows: [hostileName] }), 600);
  assert.equal(svg.querySelectorAll('img,script').length, 0);
  assert.doesNotMatch(svg.outerHTML.replaceAll(/data-row="[^"]*"/g, ''), /<img|<script/);
  for (const text of svg.querySelectorAll('text')) assert.ok(text.textContent.length <= 40, text.textContent);
});

test('a name is shown on one line, in one direction, with both its ends', () => {
  assert.equal(displayName('encoder.layer.11.output', 15), 'encoder….output');
  assert.equal(displayName('a\nb\u202ec\u0000d'), 'a b c d');
  assert.equal(displayName(' \n '), '(no name)');
  assert.equal(displayName('שכבה.0'), 'שכבה.0');
  assert.ok([...displayName('😀'.repeat(10_000), 20)].length <= 20);
});

test('a heat strip has a cell a layer and step, with its value, and a legend with its range', () => {
  const svg = emptyPicture();
  drawHeatStrip(svg, strip(), 600, { values: true });
  const cells = [...svg.querySelectorAll('[data-row="final"] rect')];
  assert.deepEqual(
    cells.map((cell) => Number(cell.getAttribute('data-value'))),
    [1, 0.5, 0],
  );
  assert.deepEqual(
    cells.map((cell) => cell.getAttribute('fill')),
    [1, 0.5, 0].map((value) => heatColour(value, [0, 1])),
  );
  const legend = svg.querySelector('.legend');
  assert.equal(legend?.getAttribute('data-low'), '0');
  assert.equal(legend?.getAttribute('data-high'), '1');
  assert.match(legend?.textContent ?? '', /0\.000.*1\.000.*similarity/);
});

test('cells meet without gap or overlap and stay inside the plot', () => {
  const svg = emptyPicture();
  const columns = Array.from({ length: 41 }, (_, i) => ({ step: i * 7, values: [1] }));
  const { plot } = drawHeatStrip(svg, strip({ rows: ['a'], columns, x: [0, 280] }), 613);
  const cells = [...svg.querySelectorAll('[data-row] rect')].map((cell) => ({
    left: Number(cell.getAttribute('x')),
    right: Number(cell.getAttribute('x')) + Number(cell.getAttribute('width')),
  }));
  assert.equal(cells[0]!.left, Math.round(plot.left));
  assert.equal(cells.at(-1)!.right, Math.round(plot.right));
  for (let i = 1; i < cells.length; i++) assert.equal(cells[i]!.left, cells[i - 1]!.right);
});

test('a cell whose value does not exist has no colour of the scale', () => {
  const svg = emptyPicture();
  drawHeatStrip(svg, strip({ columns: [{ step: 0, values: [null, 1] }] }), 600, { values: true });
  for (const row of ['block.0', 'final']) {
    const cell = svg.querySelector(`[data-row="${row}"] rect`);
    assert.equal(cell?.getAttribute('class'), 'missing');
    assert.equal(cell?.getAttribute('fill'), null);
    assert.equal(cell?.getAttribute('data-value'), '');
  }
});

test('bars are as long as their values and say them', () => {
  const svg = emptyPicture();
  const series = [
    { name: 'full', values: [0.5, null] },
    { name: 'RepSim', values: [1, -0.25] },
  ];
  drawBarChart(
    svg,
    { title: 'Bars', summary: '', valueLabel: 'CKA', range: [-0.5, 1], rows: ['a', 'b'], series },
    500,
  );
  const bar = (name: string, row: string) => svg.querySelector(`[data-series="${name}"][data-row="${row}"]`);
  const width = (name: string, row: string) =>
    Number(bar(name, row)?.querySelector('rect')?.getAttribute('width'));
  assert.ok(Math.abs(width('RepSim', 'a') / width('full', 'a') - 2) < 0.01);
  assert.ok(Math.abs(width('RepSim', 'b') / width('full', 'a') - 0.5) < 0.01);
  assert.equal(bar('full', 'b')?.querySelector('rect'), null);
  assert.equal(bar('full', 'b')?.textContent, '–');
  assert.equal(bar('RepSim', 'b')?.textContent, '−0.250');
});

test('thinning keeps the ends, the order and every peak', () => {
  const points = Array.from({ length: 10_000 }, (_, x) => ({
    x,
    y: x === 4321 ? 9 : x === 777 ? null : Math.sin(x / 50),
  }));
  const thinned = thinPoints(points, 200);
  assert.ok(thinned.length <= 401);
  assert.equal(thinned[0]!.x < 50, true);
  assert.equal(thinned.at(-1)!.x, 9999);
  assert.ok(thinned.some(({ y }) => y === 9));
  for (let i = 1; i < thinned.length; i++) assert.ok(thinned[i]!.x > thinned[i - 1]!.x);
  assert.equal(thinPoints(points.slice(0, 300), 200).length, 300);
});

test('few labels are moved apart in their order', () => {
  const places = placeLabels(
    [5, 5, 6, 100].map((y) => ({ y, rank: 0 })),
    0,
    100,
    12,
  ) as number[];
  const sorted = [...places].sort((a, b) => a - b);
  assert.deepEqual(places, sorted);
  for (let i = 1; i < sorted.length; i++) assert.ok(sorted[i]! - sorted[i - 1]! >= 12);
  assert.ok(sorted[0]! >= 0 && sorted.at(-1)! <= 100);
});

test('of many labels those stay that have room beside their line, the highest rank first', () => {
  const wanted = Array.from({ length: 40 }, (_, i) => ({ y: 50 + i, rank: i === 20 ? 1 : 0 }));
  const places = placeLabels(wanted, 0, 200, 12);
  assert.equal(places[20], 70);
  const kept = places.flatMap((place, i) => (place === undefined ? [] : [{ place, wanted: wanted[i]!.y }]));
  assert.ok(kept.length >= 2 && kept.length <= 4);
  for (const { place, wanted: y } of kept) assert.equal(place, y);
});

test('every layer has a style of its own: colour or dash differ, up to 30 blocks', () => {
  const names = [...Array.from({ length: 30 }, (_, i) => `block.${i}`), 'final'];
  const styles = new Set(names.map((_, i) => JSON.stringify(layerStyle(i, names))));
  assert.equal(styles.size, names.length);
});

test('series stand out from their background by 3:1, and deeper layers are steadily lighter', () => {
  for (const [background, colours] of [
    ['#ffffff', [...depthRamps.light, ...seriesColours.light]],
    ['#1f1f1f', [...depthRamps.dark, ...seriesColours.dark]],
  ] as const) {
    for (const colour of colours) assert.ok(contrast(colour, background) >= 3, `${colour} on ${background}`);
  }
  for (const ramp of [depthRamps.light, depthRamps.dark]) {
    for (let i = 1; i < ramp.length; i++) assert.ok(luminance(ramp[i]!) > luminance(ramp[i - 1]!), ramp[i]);
  }
});

test('numbers read as people write them, and what does not exist is a dash', () => {
  assert.equal(formatValue(0.5614), '0.561');
  assert.equal(formatValue(-4.21), '−4.210');
  assert.equal(formatValue(88.14), '88.14');
  assert.equal(formatValue(0.00001), '1.0e−5');
  assert.equal(formatValue(0), '0.000');
  for (const nothing of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY])
    assert.equal(formatValue(nothing), '–');
  assert.equal(formatPercent(0.6733), '67.3 %');
  assert.equal(formatChange(-0.458), '−46 %');
  assert.equal(formatChange(1.9), '+190 %');
  assert.equal(formatCount(1234567), '1\u202f234\u202f567');
  assert.equal(formatDuration(187_000), '3 min 07 s');
});

function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}
