/** The marks of a cursor, which lie above the drawing of a chart. */
import { type Selection, select } from 'd3';
import type { Cell } from './chartCursor';

type Group = Selection<SVGGElement, unknown, null, undefined>;

/** An empty group for the marks of `cell`, or none without a cell; what was marked before is gone. */
export function cursorGroup(svg: SVGSVGElement, cell: Cell | undefined): Group | undefined {
  const drawing = select(svg);
  drawing.selectAll('.cursor-group').remove();
  return cell && drawing.append<SVGGElement>('svg:g').attr('class', 'cursor-group');
}

/** A line from top to bottom. */
export function markColumn(
  group: Group,
  x: number,
  plot: { readonly top: number; readonly bottom: number },
): void {
  group
    .append('svg:line')
    .attr('class', 'cursor')
    .attr('x1', x)
    .attr('x2', x)
    .attr('y1', plot.top)
    .attr('y2', plot.bottom);
}

/** A frame around a cell. */
export function markCell(
  group: Group,
  box: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number },
): void {
  group
    .append('svg:rect')
    .attr('class', 'cell-cursor')
    .attr('x', box.left - 1)
    .attr('y', box.top - 1)
    .attr('width', box.right - box.left + 2)
    .attr('height', box.bottom - box.top + 2);
}
