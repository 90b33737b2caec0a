/** How the drift of a layer is written at its line: numbers, a tiny trend, and what they are. */

/** Drift of one layer in one run: 1 - similarity to the pretrained model. */
export interface LayerDrift {
  readonly layer: string;
  readonly drift: number;
  /** Over the measurements of the run, the newest last. */
  readonly trend: readonly number[];
}

export const driftLevels = ['low', 'medium', 'high'] as const;
export type DriftLevel = (typeof driftLevels)[number];

/** Below 0.1 a layer is little changed; from 0.3 on its representation is another one. */
const mediumFrom = 0.1;
const highFrom = 0.3;

export function driftLevel(drift: number): DriftLevel {
  return drift >= highFrom ? 'high' : drift >= mediumFrom ? 'medium' : 'low';
}

/** Its height says the level too, for who sees no colours. */
export const levelMarks: Readonly<Record<DriftLevel, string>> = { low: '▂', medium: '▅', high: '█' };

export function formatDrift(drift: number): string {
  return drift.toFixed(Math.abs(drift) < 0.1 ? 3 : 2).replace(/^-(?=0\.?0*$)/, '');
}

const bars = '▁▂▃▄▅▆▇█';
const trendLength = 6;
/** Less than this is not drawn as if it were much. */
const leastScale = 0.05;

/** A few bars from 0 to the most that there was; "" for fewer than two values. */
export function trendBars(values: readonly number[]): string {
  if (values.length < 2) return '';
  const length = Math.min(trendLength, values.length);
  const most = Math.max(leastScale, ...values);
  return Array.from({ length }, (_, i) => {
    const value = values[Math.round((i * (values.length - 1)) / (length - 1))]!;
    const height = Math.floor((Math.max(0, value) / most) * bars.length);
    return bars[Math.min(bars.length - 1, height)];
  }).join('');
}

/** "drift 0.12 ▁▂▄▆", or "drift 0.02 – 0.31 of 12 layers ▁▂▄▆" with the trend of the one that drifted most. */
export function driftTitle(layers: readonly LayerDrift[], certain: boolean): string {
  const most = mostDrifted(layers);
  if (!most) return '';
  const least = layers.reduce((a, b) => (b.drift < a.drift ? b : a));
  const value =
    layers.length === 1
      ? formatDrift(most.drift)
      : `${formatDrift(least.drift)} – ${formatDrift(most.drift)} (${layers.length})`;
  return [`drift ${value}${certain ? '' : ' ?'}`, trendBars(most.trend)].filter(Boolean).join(' ');
}

export function mostDrifted(layers: readonly LayerDrift[]): LayerDrift | undefined {
  return layers.reduce<LayerDrift | undefined>((a, b) => (a && a.drift >= b.drift ? a : b), undefined);
}
