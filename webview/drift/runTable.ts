/** The values of a run as comma-separated values: one row a step, one column a series, empty where nothing was measured. */
import type { RunRecord } from '../shared/runRecord';

export function runTable(record: RunRecord): string {
  const columns = [
    'step',
    'cross_entropy',
    'repsim_term',
    'loss',
    'learning_rate',
    'gradient_norm',
    'validation_accuracy',
    'validation_cross_entropy',
    ...record.layers.map((layer) => `cka_cls ${layer}`),
    ...record.layers.map((layer) => `cka_mean ${layer}`),
  ];
  const steps = new Map(record.steps.map((event) => [event.step, event]));
  const validations = new Map(record.validations.map((event) => [event.step, event]));
  const probes = new Map(record.probes.map((event) => [event.step, event]));
  const all = [...new Set([...steps.keys(), ...validations.keys(), ...probes.keys()])].sort((a, b) => a - b);
  const rows = all.map((at) => {
    const step = steps.get(at);
    const validation = validations.get(at);
    const probe = probes.get(at);
    return [
      at,
      step?.crossEntropy,
      step?.similarityLoss,
      step?.loss,
      step?.lr,
      step?.gradientNorm,
      validation?.accuracy,
      validation?.loss,
      ...record.layers.map((_, layer) => probe?.cls[layer]),
      ...record.layers.map((_, layer) => probe?.mean[layer]),
    ];
  });
  return `${[columns.map(quoted), ...rows.map((row) => row.map((value) => value ?? ''))].map((row) => row.join(',')).join('\r\n')}\r\n`;
}

/** RFC 4180; columns begin with a word of ours, so that no name is taken for a formula. */
function quoted(name: string): string {
  return /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
