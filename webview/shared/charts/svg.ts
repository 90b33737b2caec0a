/** Starts a chart in an element that is passed in. Nothing here or in the charts touches a global document. */
import { type Selection, select } from 'd3';

export type Drawing = Selection<SVGSVGElement, unknown, null, undefined>;
export type Group = Selection<SVGGElement, unknown, null, undefined>;

export interface ChartSize {
  readonly width: number;
  readonly height: number;
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Empties the `svg` element and makes it an image with a name and a summary in words. */
export function startChart(svg: SVGSVGElement, size: ChartSize, title: string, summary: string): Drawing {
  const drawing = select(svg);
  drawing.selectAll('*').remove();
  drawing
    .attr('class', 'chart')
    .attr('role', 'img')
    .attr('aria-label', `${title}. ${summary}`)
    .attr('width', size.width)
    .attr('height', size.height)
    .attr('viewBox', `0 0 ${size.width} ${size.height}`);
  return drawing;
}

/** Width that 11 px text takes, near enough for margins; a document that is not shown cannot measure it. */
export function textWidth(text: string): number {
  return 6.3 * text.length;
}

/** 11 px text in lines of at most that width, broken between words. */
export function linesOf(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && textWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** One decimal is finer than a pixel can show and keeps files small. */
export function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
