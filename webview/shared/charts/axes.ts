/** Axes with few ticks, and light lines across the plot at the values of the vertical one. */
import { axisBottom, axisLeft, format, type ScaleContinuousNumeric, type ScaleLinear } from 'd3';
import { type Box, type Drawing, linesOf, tenth } from './svg';

/** Of the lines of a label. */
const lineHeight = 13;

type Scale = ScaleLinear<number, number>;

export function drawStepAxis(drawing: Drawing, x: Scale, plot: Box, label: string): void {
  const ticks = Math.max(2, Math.min(8, Math.floor((plot.right - plot.left) / 60)));
  const axis = axisBottom(x)
    .ticks(ticks)
    .tickSizeOuter(0)
    .tickSize(4)
    .tickFormat((value) => format(Number(value) >= 10_000 ? '~s' : 'd')(value));
  drawing
    .append('svg:g')
    .attr('class', 'axis axis-x')
    .attr('transform', `translate(0,${plot.bottom})`)
    .call((group) => {
      // Steps are whole: a scale of 0 to 2 must not show 0.5.
      axis.tickValues(x.ticks(ticks).filter(Number.isInteger));
      axis(group as never);
      // The type of the page, not that of d3.
      group.attr('font-family', null).attr('font-size', null);
    });
  drawing
    .append('svg:text')
    .attr('class', 'axis-label')
    .attr('x', plot.right)
    .attr('y', plot.bottom + 30)
    .attr('text-anchor', 'end')
    .text(label);
}

export function drawValueAxis(
  drawing: Drawing,
  y: Scale,
  plot: Box,
  label: string,
  specifier?: string,
): void {
  const ticks = Math.max(2, Math.min(6, Math.floor((plot.bottom - plot.top) / 34)));
  for (const value of y.ticks(ticks)) gridLine(drawing, plot, y(value));
  const axis = axisLeft(y).ticks(ticks, specifier).tickSize(0).tickPadding(7);
  drawing
    .append('svg:g')
    .attr('class', 'axis axis-y')
    .attr('transform', `translate(${plot.left},0)`)
    .call((group) => {
      axis(group as never);
      // The type of the page, not that of d3.
      group.attr('font-family', null).attr('font-size', null);
      group.select('.domain').remove();
    });
  drawing
    .append('svg:text')
    .attr('class', 'axis-label')
    .attr('x', 0)
    .attr('y', plot.top - 10)
    .text(label);
}

/** A horizontal axis of values at the top of the plot, with lines down through it. */
export function drawValueLines(drawing: Drawing, x: Scale, plot: Box, label: string): void {
  for (const value of x.ticks(5)) {
    drawing
      .append('svg:line')
      .attr('class', 'grid')
      .attr('x1', tenth(x(value)))
      .attr('x2', tenth(x(value)))
      .attr('y1', plot.top)
      .attr('y2', plot.bottom);
    drawing
      .append('svg:text')
      .attr('class', 'axis-label')
      .attr('x', tenth(x(value)))
      .attr('y', plot.top - 4)
      .attr('text-anchor', 'middle')
      .text(format('.1~f')(value));
  }
  drawing
    .append('svg:text')
    .attr('class', 'axis-label')
    .attr('x', plot.right)
    .attr('y', plot.top - 16)
    .attr('text-anchor', 'end')
    .text(label);
}

/** An axis of numbers at the bottom or the left of the plot; from the left one light lines run across. */
export function drawNumberAxis(
  drawing: Drawing,
  scale: ScaleContinuousNumeric<number, number>,
  plot: Box,
  side: 'x' | 'y',
  label: string,
  specifier?: string,
): void {
  const horizontal = side === 'x';
  const room = horizontal ? (plot.right - plot.left) / 70 : (plot.bottom - plot.top) / 40;
  const count = Math.max(2, Math.min(6, Math.floor(room)));
  // A logarithmic scale gives all its minor ticks where few are asked for: only so many of them are kept.
  const all = scale.ticks(count);
  const every = Math.ceil(all.length / (2 * count));
  const ticks = all.filter((_, i) => i % every === 0);
  const [low = 1] = ticks
    .filter((tick) => tick !== 0)
    .map(Math.abs)
    .sort((a, b) => a - b);
  const write = format(specifier ?? (low < 1e-3 ? '.1~e' : '.3~f'));
  const axis = (horizontal ? axisBottom(scale) : axisLeft(scale))
    .tickValues(ticks)
    .tickFormat((value) => write(Number(value)).replace('-', '−'))
    .tickSize(horizontal ? 4 : 0)
    .tickPadding(horizontal ? 3 : 7);
  if (!horizontal) {
    for (const value of ticks) gridLine(drawing, plot, scale(value));
  }
  drawing
    .append('svg:g')
    .attr('class', `axis axis-${side}`)
    .attr('transform', horizontal ? `translate(0,${plot.bottom})` : `translate(${plot.left},0)`)
    .call((group) => {
      axis(group as never);
      // The type of the page, not that of d3.
      group.attr('font-family', null).attr('font-size', null);
      if (!horizontal) group.select('.domain').remove();
    });
  const lines = horizontal ? linesOf(label, plot.right) : [label];
  lines.forEach((line, i) => {
    drawing
      .append('svg:text')
      .attr('class', 'axis-label')
      .attr('x', horizontal ? plot.right : 0)
      .attr('y', horizontal ? plot.bottom + 30 + i * lineHeight : plot.top - 14)
      .attr('text-anchor', horizontal ? 'end' : 'start')
      .text(line);
  });
}

/** What the label of a horizontal axis takes below the plot beyond its first line, in pixels. */
export function extraBelow({ right }: Pick<Box, 'right'>, label: string): number {
  return (linesOf(label, right).length - 1) * lineHeight;
}

function gridLine(drawing: Drawing, plot: Box, y: number): void {
  drawing
    .append('svg:line')
    .attr('class', 'grid')
    .attr('x1', plot.left)
    .attr('x2', plot.right)
    .attr('y1', tenth(y))
    .attr('y2', tenth(y));
}
