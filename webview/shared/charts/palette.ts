/**
 * The colours of the charts. Layers are coloured by their depth, from violet (first) to amber (last), on a ramp whose
 * lightness grows steadily, so that it also reads without red or green and in grey. Every colour stands out from its
 * background by 3:1 or more. A dash pattern goes with each layer: colour is never the only carrier.
 */
import { interpolateViridis } from 'd3';

/** OKLCH ramps, hue 300 to 65; lightness .36-.64 on light and .62-.90 on dark backgrounds. */
export const depthRamps = {
  light: [
    '#4e1586',
    '#2f329e',
    '#025087',
    '#056077',
    '#036d6e',
    '#037a5e',
    '#18881e',
    '#758305',
    '#9f7f02',
    '#c67707',
  ],
  dark: [
    '#9769dc',
    '#7183f5',
    '#259efb',
    '#0cb4dc',
    '#09c4c5',
    '#04d5a6',
    '#76db74',
    '#c2d742',
    '#fdce27',
    '#fed6af',
  ],
} as const;

/** Blue, orange, green, pink of Okabe and Ito, made darker or lighter until they reach 3:1. */
export const seriesColours = {
  light: ['#0072b2', '#c05000', '#00805c', '#a8527f'],
  dark: ['#56b4e9', '#f0a030', '#2dc7a0', '#e39ac4'],
} as const;

const dashes = [null, '7 3', '2 3', '9 3 2 3'] as const;

export interface SeriesStyle {
  /** Class that gives the colour. */
  readonly className: string;
  /** `stroke-dasharray`, null for a solid line. */
  readonly dash: string | null;
}

/** The style of a layer, the same wherever it is drawn. `final` is the thick line in the colour of the text. */
export function layerStyle(index: number, layers: readonly string[]): SeriesStyle {
  if (layers[index] === 'final') return { className: 'layer-final', dash: null };
  const blocks = layers.filter((name) => name !== 'final').length;
  const depth = blocks < 2 ? 0 : Math.round((9 * index) / (blocks - 1));
  return { className: `depth-${Math.min(9, depth)}`, dash: dashes[index % dashes.length]! };
}

/** The style of one of a few series side by side: parts of the loss, or runs. */
export function seriesStyle(index: number): SeriesStyle {
  return { className: `series-${index % 4}`, dash: dashes[index % dashes.length]! };
}

/** Sequential scale of the heat strip: dark violet at `low`, yellow at `high`; even in lightness and safe for colour blindness. */
export function heatColour(value: number, [low, high]: readonly [number, number]): string {
  const part = high > low ? (value - low) / (high - low) : 1;
  return interpolateViridis(Math.min(1, Math.max(0, part)));
}
