/**
 * What was found out about the finetuned models besides the figures of their runs: sharpness in full, slices and planes of the loss.
 * Drawn by the panel's own functions.
 */
import type { LandscapeResult } from '../../src/protocol/landscape';
import type { SharpnessResult } from '../../src/protocol/sharpness';
import { planeCharts, planeRemarks } from '../landscape/planeContours';
import { quantitiesOf } from '../landscape/quantities';
import { definitionsOf, densityChart, figuresTable, type Measured } from '../landscape/sharpnessTables';
import { sliceChart } from '../landscape/sliceCurves';
import { drawContourChart } from '../shared/charts/contourChart';
import { type CurveChart, drawCurveChart } from '../shared/charts/curveChart';
import { displayName } from '../shared/charts/displayName';
import { type Child, html, picture } from '../shared/html';
import { swatch } from '../shared/swatch';
import type { ReportRun } from './report';
import { scrolling } from './reportCharts';

export interface Analyses {
  readonly sharpness: SharpnessResult | undefined;
  readonly landscapes: readonly LandscapeResult[];
}

const width = 640;
const planeWidth = 420;
const aboutMiddle =
  'Where the sharpness of this model was measured: dotted uprights mark the ball of SAM as far as it reaches along the line, a broken parabola how the loss bends along its steepest direction.';

/** Empty where nothing was analysed. `room`: characters that all pictures may take together. */
export function analyses(document: Document, runs: readonly ReportRun[], room: number): HTMLElement[] {
  const measured = runs.flatMap(({ name, analyses: found }, model): Measured[] =>
    found?.sharpness ? [{ name, model, result: found.sharpness }] : [],
  );
  const landscapes = runs.flatMap(({ name, analyses: found }) =>
    (found?.landscapes ?? []).map((result) => ({ name, result })),
  );
  if (measured.length === 0 && landscapes.length === 0) return [];
  const density = densityChart(measured);
  const pictures = [
    ...(density
      ? [() => curveFigure(document, density.title, { ...density, id: 'report-density' }, 240)]
      : []),
    ...landscapes.map(
      ({ name, result }, i) =>
        () =>
          landscapeFigure(document, name, result, measured, i),
    ),
  ];
  let left = room;
  const figures = pictures.flatMap((draw) => {
    const figure = draw();
    const size = figure.outerHTML.length;
    if (size > left) return [];
    left -= size;
    return [figure];
  });
  const omitted = pictures.length - figures.length;
  const sentence = `${omitted} more pictures are left out for the size of this file.`;
  return [
    html(document, 'h2', {}, 'Sharpness and loss landscape'),
    ...sharpnessPart(document, measured),
    ...figures,
    ...(omitted > 0 ? [html(document, 'p', { class: 'muted' }, sentence)] : []),
  ];
}

function sharpnessPart(document: Document, measured: readonly Measured[]): HTMLElement[] {
  if (measured.length === 0) return [];
  return [
    scrolling(document, figuresTable(measured), 'words'),
    html(
      document,
      'dl',
      { class: 'terms' },
      ...definitionsOf(measured).flatMap(([term, meaning]) => [
        html(document, 'dt', {}, term),
        html(document, 'dd', {}, meaning),
      ]),
    ),
  ];
}

/** `index`: among all landscapes; the parts of a picture are referred to by ids. */
function landscapeFigure(
  document: Document,
  name: string,
  result: LandscapeResult,
  measured: readonly Measured[],
  index: number,
): HTMLElement {
  const [loss] = quantitiesOf(result);
  const names = result.models.length === 1 ? [name] : [];
  const own = measured.find((one) => one.name === name)?.result ?? null;
  const sharpness = result.models.map((model) => (model === own?.checkpoint ? own : null));
  const axes = [result.xAxis, ...(result.yAxis ? [result.yAxis] : [])].map(({ label }) => displayName(label));
  const caption = `${displayName(name, 80)}: ${loss!.label.toLowerCase()} along ${axes.join(' and ')}, n = ${loss!.n}.`;
  const remarks = planeRemarks(result);
  if (result.dims === 1) {
    const chart = sliceChart(result, loss!, names, sharpness, false);
    if (!chart) return nothingToDraw(document, caption);
    const drawn = chart.curves.some(({ borders, model }) => borders?.length || model);
    const words = [caption, ...remarks, ...(drawn ? [aboutMiddle] : [])].join(' ');
    return curveFigure(document, words, { ...chart, id: `report-slice-${index}` }, 300);
  }
  const charts = planeCharts(result, loss!, names, false);
  if (!charts) return nothingToDraw(document, caption);
  const pictures = charts.map((chart, i) => {
    const svg = picture(document);
    drawContourChart(svg, { ...chart, id: `report-plane-${index}-${i}` }, planeWidth);
    return svg;
  });
  return html(
    document,
    'figure',
    {},
    html(document, 'figcaption', {}, [caption, ...remarks].join(' ')),
    html(document, 'div', { class: 'planes' }, ...pictures),
  );
}

function curveFigure(document: Document, caption: string, chart: CurveChart, height: number): HTMLElement {
  const svg = picture(document);
  drawCurveChart(svg, chart, { width, height });
  const legend: Child[] = chart.curves.map(({ name, style }) =>
    html(document, 'li', {}, swatch(document, style), ` ${displayName(name, 48)}`),
  );
  return html(
    document,
    'figure',
    {},
    html(document, 'figcaption', {}, caption),
    html(document, 'ul', { class: 'legend' }, ...legend),
    svg,
  );
}

function nothingToDraw(document: Document, caption: string): HTMLElement {
  return html(document, 'p', { class: 'muted' }, `${caption} There is no finite value to draw.`);
}
