/** The similarity of every layer to the pretrained model over the steps of a run, as a line chart and as a heat strip. */
import * as l10n from '@vscode/l10n';
import type { DriftSamples } from '../../src/protocol/drift';
import { displayName } from './charts/displayName';
import { formatValue } from './charts/format';
import type { HeatStrip } from './charts/heatStrip';
import type { LineChart } from './charts/lineChart';
import { layerStyle } from './charts/palette';
import type { RunRecord } from './runRecord';
import { samplesName } from './samplesName';

type Probe = RunRecord['probes'][number];

/** What the numbers are: measure, reference, samples and how many. */
export function measureName(record: RunRecord, samples: DriftSamples): string {
  const n = record.probes.at(-1)?.n;
  return n === undefined
    ? l10n.t('Debiased linear CKA to the pretrained model, validation images, {0}', samplesName(samples))
    : l10n.t(
        'Debiased linear CKA to the pretrained model, n = {0} validation images, {1}',
        n,
        samplesName(samples),
      );
}

/** [0, 1], or nearer to 1 while all values are: small changes shall be seen, and the ends stay where they are for long. */
export function similarityRange(records: readonly RunRecord[], samples: DriftSamples): [number, number] {
  let least = 1;
  let most = 1;
  for (const record of records) {
    for (const probe of record.probes) {
      for (const value of probe[samples]) {
        if (value === null) continue;
        least = Math.min(least, value);
        most = Math.max(most, value);
      }
    }
  }
  const low = [0.9, 0.5, 0].find((end) => least >= end) ?? Math.floor(least * 10) / 10;
  return [low, Math.ceil(most * 1000) / 1000];
}

/** From 0 to the last step that is planned, so that the lines grow into the picture; of an ended run to its last step. */
export function stepRange(record: RunRecord, running: boolean): [number, number] {
  const planned = running ? (record.started?.steps ?? 0) : 0;
  return [0, Math.max(1, planned, record.stepsDone)];
}

export function similarityLines(
  record: RunRecord,
  samples: DriftSamples,
  x: readonly [number, number],
  y: readonly [number, number],
): LineChart {
  return {
    title: l10n.t('Similarity of each layer over steps. {0}', measureName(record, samples)),
    summary: similaritySummary(record, samples),
    xLabel: l10n.t('step'),
    yLabel: l10n.t('similarity (CKA)'),
    unit: 'value',
    x,
    y,
    series: record.layers.map((name, layer) => ({
      name,
      style: layerStyle(layer, record.layers),
      points: record.probes.map((probe) => ({ x: probe.step, y: probe[samples][layer] ?? null })),
    })),
  };
}

export function similarityStrip(
  record: RunRecord,
  samples: DriftSamples,
  x: readonly [number, number],
  range: readonly [number, number],
): HeatStrip {
  return {
    title: l10n.t('Similarity by layer and step. {0}', measureName(record, samples)),
    summary: similaritySummary(record, samples),
    xLabel: l10n.t('step'),
    scaleLabel: l10n.t('similarity, 1 = unchanged'),
    x,
    range,
    rows: record.layers,
    columns: record.probes.map((probe) => ({ step: probe.step, values: probe[samples] })),
  };
}

/** In words: how far each end of the network is from where it started. */
export function similaritySummary(record: RunRecord, samples: DriftSamples): string {
  const last = record.probes.at(-1);
  if (!last) return l10n.t('Nothing measured yet.');
  const values = defined(record, last, samples);
  if (values.length === 0) return l10n.t('At step {0} the measure is undefined in every layer.', last.step);
  const least = values.reduce((a, b) => (b.value < a.value ? b : a));
  const most = values.reduce((a, b) => (b.value > a.value ? b : a));
  const final = values.find(({ name }) => name === 'final');
  const ends = [most, least].flatMap(({ name, value }) => [displayName(name, 24), formatValue(value)]);
  return final && final !== least
    ? l10n.t(
        'At step {0}: most similar {1} at {2}, least similar {3} at {4}, final at {5}.',
        last.step,
        ...ends,
        formatValue(final.value),
      )
    : l10n.t('At step {0}: most similar {1} at {2}, least similar {3} at {4}.', last.step, ...ends);
}

/** The newest value of the final embedding and the mean over all layers; null where nothing is defined. */
export function currentSimilarity(
  record: RunRecord,
  samples: DriftSamples,
): { final: number | null; mean: number | null } {
  const last = record.probes.at(-1);
  const values = last ? defined(record, last, samples) : [];
  return {
    final: values.find(({ name }) => name === 'final')?.value ?? null,
    mean: values.length === 0 ? null : values.reduce((sum, { value }) => sum + value, 0) / values.length,
  };
}

function defined(record: RunRecord, probe: Probe, samples: DriftSamples): { name: string; value: number }[] {
  return record.layers.flatMap((name, layer) => {
    const value = probe[samples][layer] ?? null;
    return value === null ? [] : [{ name, value }];
  });
}
