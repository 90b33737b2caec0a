/** Hatching for regions without a value: lines in the colour of the series or of the text, never a colour alone. */
import type { Drawing } from './svg';

/** Adds the pattern to the drawing and returns what `fill` takes. `id`: unique within the document. */
export function addHatch(drawing: Drawing, id: string, className: string): string {
  drawing
    .append('svg:defs')
    .append('svg:pattern')
    .attr('id', id)
    .attr('patternUnits', 'userSpaceOnUse')
    .attr('width', 7)
    .attr('height', 7)
    .append('svg:path')
    .attr('class', `hatch ${className}`)
    .attr('d', 'M-2,2L2,-2M0,7L7,0M5,9L9,5');
  return `url(#${id})`;
}
