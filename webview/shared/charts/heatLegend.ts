/** The colours of a heat map or strip from its dark to its bright end, with the values there. */
import { formatValue } from './format';
import { heatColour } from './palette';
import { type Drawing, type Group, tenth } from './svg';

const swatches = 40;

export interface HeatLegend {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  /** The values of the darkest and of the brightest colour. */
  readonly ends: readonly [dark: number, bright: number];
  /** What is said beside it. */
  readonly label: string;
}

/** Draws it and returns its group, for what a chart adds below; `data-low` and `data-high` hold the range. */
export function drawHeatLegend(drawing: Drawing, { left, top, width, ends, label }: HeatLegend): Group {
  const [dark, bright] = ends;
  const group = drawing
    .append<SVGGElement>('svg:g')
    .attr('class', 'legend')
    .attr('data-low', Math.min(dark, bright))
    .attr('data-high', Math.max(dark, bright))
    .attr('transform', `translate(${left},${tenth(top)})`);
  for (let i = 0; i < swatches; i++) {
    group
      .append('svg:rect')
      .attr('x', tenth((i * width) / swatches))
      .attr('width', tenth(width / swatches + 0.4))
      .attr('height', 8)
      .attr('fill', heatColour((i + 0.5) / swatches, [0, 1]));
  }
  for (const [value, anchor, at] of [
    [dark, 'start', 0],
    [bright, 'end', width],
  ] as const) {
    group
      .append('svg:text')
      .attr('class', 'axis-label')
      .attr('x', at)
      .attr('y', 20)
      .attr('text-anchor', anchor)
      .text(formatValue(value));
  }
  group
    .append('svg:text')
    .attr('class', 'axis-label')
    .attr('x', width + 9)
    .attr('y', 8)
    .text(label);
  return group;
}
