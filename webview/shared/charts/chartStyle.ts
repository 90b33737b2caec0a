/**
 * The style sheet of the charts as text: the panel adopts it, the report carries it in its head. Charts themselves
 * only set classes and attributes, since the content security policy allows no inline style.
 */
import { depthRamps, seriesColours } from './palette';

/** The colours of all series on a light or a dark background, as declarations for a rule. */
export function paletteVariables(background: 'light' | 'dark'): string {
  return [
    ...depthRamps[background].map((colour, i) => `--depth-${i}:${colour}`),
    ...seriesColours[background].map((colour, i) => `--series-${i}:${colour}`),
  ].join(';');
}

const seriesRules = [
  ...depthRamps.light.map((_, i) => `.depth-${i}{--series:var(--depth-${i})}`),
  ...seriesColours.light.map((_, i) => `.series-${i}{--series:var(--series-${i})}`),
].join('\n');

/** Of curves over a number line and of planes. */
const surfaceRules = `
svg.chart .heading{font-size:12px;font-weight:600}
svg.chart .band{stroke:var(--chart-background);stroke-opacity:0.55;stroke-width:0.75}
svg.chart .level-label{font-size:10px;font-variant-numeric:tabular-nums}
svg.chart text.on-light,svg.chart circle.on-light{fill:#111}
svg.chart text.on-dark,svg.chart circle.on-dark{fill:#fff}
svg.chart .hatch{fill:none;stroke:var(--series, var(--chart-text));stroke-width:1.1}
svg.chart .missing-ground{fill:var(--chart-background)}
svg.chart .legend .missing-cell{stroke:var(--chart-muted)}
svg.chart .error-band{fill:var(--series);fill-opacity:0.2}
svg.chart .model{fill:none;stroke:var(--series);stroke-dasharray:5 4;stroke-width:1.1}
svg.chart .border{stroke:var(--series);stroke-dasharray:1.5 3;stroke-width:1.5}
svg.chart .way,svg.chart .cross{fill:none;stroke:#fff;stroke-width:1.4}
svg.chart .way-ground,svg.chart .cross-ground{fill:none;stroke:#111;stroke-width:3}
svg.chart .place{fill:#fff;stroke:#111;stroke-width:1.6}
svg.chart .place.off{fill:#111;fill-opacity:0.15;stroke:#fff;stroke-width:2}
svg.chart .place-label{fill:#fff;font-weight:600;paint-order:stroke;stroke:#111;stroke-linejoin:round;stroke-width:3px}
svg.chart .place-tick{fill:var(--chart-text)}`;

/** Expects `--chart-text`, `--chart-muted`, `--chart-grid`, `--chart-background` and the palette. */
export const chartRules = `
svg.chart{display:block;font-size:11px;overflow:visible}
svg.chart text{fill:var(--chart-text);font-family:inherit;unicode-bidi:isolate}
svg.chart .axis path,svg.chart .axis line{stroke:var(--chart-grid);fill:none}
svg.chart .axis text,svg.chart .axis-label{fill:var(--chart-muted)}
svg.chart .grid{stroke:var(--chart-grid);stroke-width:1;opacity:.6}
svg.chart .line{fill:none;stroke:var(--series);stroke-width:1.75;stroke-linejoin:round;stroke-linecap:round}
svg.chart .line.faint{stroke-width:1;opacity:.4}
svg.chart .layer-final .line,svg.chart .line.layer-final{stroke-width:2.75}
svg.chart .leader{stroke:var(--series);stroke-width:1;opacity:.6;fill:none}
svg.chart .label{fill:var(--series)}
svg.chart .layer-final .label,svg.chart .picked .label,svg.chart text.picked{font-weight:600}
svg.chart .picked .line{stroke-width:3.25}
svg.chart .dimmed{opacity:.22}
svg.chart .cursor{stroke:var(--chart-text);stroke-width:1;opacity:.7}
svg.chart .mark{fill:var(--series);stroke:var(--chart-background);stroke-width:1.5}
svg.chart .cell-cursor{fill:none;stroke:var(--chart-text);stroke-width:2}
svg.chart .missing{fill:none;stroke:var(--chart-grid);stroke-dasharray:2 2}
svg.chart .bar{fill:var(--series)}
svg.chart .bar.outlined{fill-opacity:.25;stroke:var(--series);stroke-width:1.5}
.layer-final{--series:var(--chart-text)}
${seriesRules}${surfaceRules}
@media (forced-colors:active){svg.chart{forced-color-adjust:none}}
`;
