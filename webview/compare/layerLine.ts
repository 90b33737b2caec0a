/** The drift line: the value of each layer of A against its counterpart in B, from the first layer to the last. */
import { line, type ScaleLinear, scaleLinear } from 'd3';
import { drawValueAxis } from '../shared/charts/axes';
import { displayName } from '../shared/charts/displayName';
import { type Box, startChart, tenth, textWidth } from '../shared/charts/svg';

export interface LayerLine {
  readonly title: string;
  readonly summary: string;
  readonly yLabel: string;
  readonly layers: readonly string[];
  /** One a layer, null where there is none. */
  readonly values: readonly (number | null)[];
  readonly range: readonly [number, number];
}

export interface LayerLinePlot {
  readonly plot: Box;
  readonly x: ScaleLinear<number, number>;
  readonly y: ScaleLinear<number, number>;
}

const nameLength = 14;

export function drawLayerLine(svg: SVGSVGElement, chart: LayerLine, width: number): LayerLinePlot {
  const names = chart.layers.map((name) => displayName(name, nameLength));
  const foot = Math.min(100, Math.max(20, ...names.map(textWidth)) * 0.82 + 14);
  const height = 150 + foot;
  const drawing = startChart(svg, { width, height }, chart.title, chart.summary);
  const plot = { left: 44, top: 24, right: Math.max(60, width - 14), bottom: height - foot };
  const last = Math.max(1, chart.layers.length - 1);
  const x = scaleLinear([0, last], [plot.left + 10, plot.right - 10]);
  const y = scaleLinear([...chart.range], [plot.bottom, plot.top]).clamp(true);
  drawValueAxis(drawing, y, plot, chart.yLabel);
  const every = Math.ceil(13 / ((plot.right - plot.left - 20) / last));
  names.forEach((name, i) => {
    if ((names.length - 1 - i) % every !== 0) return;
    const [at, down] = [tenth(x(i) + 3), plot.bottom + 12];
    drawing
      .append('svg:text')
      .attr('class', 'axis-label')
      .attr('x', at)
      .attr('y', down)
      .attr('text-anchor', 'end')
      .attr('transform', `rotate(-55 ${at} ${down})`)
      .text(name);
  });
  const path = line<number | null>()
    .defined((value) => value !== null)
    .x((_, i) => tenth(x(i)))
    .y((value) => tenth(y(value!)));
  const series = drawing.append('svg:g').attr('class', 'series series-0');
  series
    .append('svg:path')
    .attr('class', 'line')
    .attr('data-values', JSON.stringify(chart.values))
    .attr('d', path([...chart.values]) ?? '');
  chart.values.forEach((value, i) => {
    if (value === null) return;
    series
      .append('svg:circle')
      .attr('class', 'mark')
      .attr('cx', tenth(x(i)))
      .attr('cy', tenth(y(value)))
      .attr('r', 3);
  });
  return { plot, x, y };
}
