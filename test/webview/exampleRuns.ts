/** Runs to draw in tests: made by formulas that look like a finetuning, with every awkward value a real one may have. */
import type { DriftSnapshot } from '../../src/protocol/drift';
import type { FinetuneResult, RunEvent, RunManifest } from '../../src/protocol/runs';
import type { Method } from '../../src/protocol/settings';

export interface ExampleOptions {
  readonly method?: Method;
  readonly blocks?: number;
  readonly steps?: number;
  readonly probes?: number;
  /** How far the run got, as a part of its steps. */
  readonly done?: number;
  readonly name?: string;
}

const start = Date.UTC(2026, 4, 12, 9, 30);

export function exampleManifest(options: ExampleOptions = {}): RunManifest {
  const { method = 'repsim', blocks = 6 } = options;
  return {
    format: 1,
    id: `20260512-093000-${method}`,
    createdAt: new Date(start).toISOString(),
    settings: {
      checkpoint: '/home/ada/models/fashion-vit-tiny',
      data: '/home/ada/data/brainregion.npz',
      method,
      objective: 'feature',
      rotation: 'learned',
      layers: 'final',
      lambda: 0.3,
      epochs: 15,
      batch: 32,
      lr: 2e-3,
      rotationLr: 3e-3,
      weightDecay: 0.01,
      warmup: 0.1,
      clip: 1,
      labelSmoothing: 0,
      classWeights: 'none',
      sampling: 'shuffle',
      augment: 'none',
      mixup: 0,
      cutmix: 0,
      seed: 0,
      probeSize: 256,
      sharpnessSize: 480,
      runtime: 'auto',
    },
    runtime: { name: 'onnx-cpu', device: 'Intel Xeon, 2 threads' },
    versions: { repsim: '0.1.0', node: '20.20.2', 'onnxruntime-node': '1.30.0' },
    model: {
      architecture: 'vit',
      layers: [...Array.from({ length: blocks }, (_, i) => `block.${i}`), 'final'],
      parameters: 688_000,
    },
    data: {
      fingerprint: 'sha256:6f1d2c0a',
      classes: ['frontal', 'parietal', 'temporal', 'occipital', 'insula', 'cerebellum'],
      splits: { train: 600, val: 256, test: 480 },
      skipped: 0,
    },
    pid: 4242,
  };
}

/** Similarity of a layer when a part of the run is done: later layers fall further, full finetuning furthest. */
export function exampleSimilarity(method: Method, layer: number, layers: number, part: number): number {
  const depth = (layer + 1) / layers;
  const fall = method === 'full' ? 0.82 : method === 'linear' ? 0 : 0.45;
  const curve = 1 - Math.exp(-5 * part);
  return Math.min(1, 1 - fall * depth ** 1.6 * curve + 0.012 * Math.sin(9 * part + layer) * curve);
}

export function exampleEvents(options: ExampleOptions = {}): RunEvent[] {
  const { method = 'repsim', blocks = 6, steps = 300, probes = 40, done = 1 } = options;
  const perEpoch = Math.max(1, Math.round(steps / 15));
  const probeEvery = Math.max(1, Math.round(steps / probes));
  const layers = blocks + 1;
  const last = Math.round(done * steps);
  const time = (step: number) => start + 2000 + step * 40;
  const events: RunEvent[] = [
    { time: start, type: 'stage', stage: 'Reading images', done: 1336, total: 1336 },
    { time: time(0), type: 'started', steps, stepsPerEpoch: perEpoch, epochs: 15, fromStep: 0 },
  ];
  for (let step = 0; step <= last; step++) {
    const part = step / steps;
    const noise = 0.18 * Math.sin(step * 12.9898) * Math.exp(-2 * part);
    const floor = method === 'full' ? 0.02 : 0.12;
    const crossEntropy = Math.max(0.004, 1.9 * Math.exp(-4.5 * part) + floor + noise);
    const similarityLoss =
      method === 'repsim' ? 0.42 * (1 - Math.exp(-9 * part)) * (1 - 0.4 * part) + Math.abs(noise) / 9 : null;
    if (step > 0) {
      events.push({
        time: time(step),
        type: 'step',
        step,
        epoch: Math.floor((step - 1) / perEpoch),
        lr: 2e-3 * Math.min(1, part / 0.1) * (part < 0.1 ? 1 : 0.5 + 0.5 * Math.cos(Math.PI * part)),
        loss: crossEntropy + 0.3 * (similarityLoss ?? 0),
        crossEntropy,
        similarityLoss,
        gradientNorm: 1.2 * Math.exp(-part) + Math.abs(noise),
      });
    }
    if (step % perEpoch === 0 && step > 0) {
      const rise = 1 - Math.exp(-6 * part);
      events.push({
        time: time(step),
        type: 'validation',
        step,
        loss: 1.75 - 0.9 * rise + 0.2 * part,
        accuracy: 0.17 + 0.55 * rise,
        n: 256,
      });
    }
    if (step % probeEvery === 0) {
      const values = (shift: number) =>
        Array.from(
          { length: layers },
          (_, layer) => exampleSimilarity(method, layer, layers, part) - shift * part * (layer / layers),
        );
      events.push({ time: time(step), type: 'probe', step, n: 256, cls: values(0), mean: values(0.08) });
    }
  }
  return events;
}

export function exampleResult(options: ExampleOptions = {}): FinetuneResult {
  const { method = 'repsim', blocks = 6 } = options;
  const layers = blocks + 1;
  const values = Array.from({ length: layers }, (_, i) => exampleSimilarity(method, i, layers, 1));
  const full = method === 'full';
  return {
    run: `/home/ada/.repsim/runs/20260512-093000-${method}`,
    method,
    runtime: 'onnx-cpu',
    seconds: full ? 18.4 : 23.1,
    splits: { train: 600, val: 256, test: 480 },
    test: full
      ? { loss: 1.31, accuracy: 0.671, balancedAccuracy: 0.672, auc: 0.913, ece: 0.142 }
      : { loss: 1.02, accuracy: 0.688, balancedAccuracy: 0.686, auc: 0.921, ece: 0.101 },
    similarity: {
      measure: 'cka-debiased',
      samples: 'cls',
      n: 480,
      layers: values.map((value, i) => ({ name: i === blocks ? 'final' : `block.${i}`, value })),
      final: values.at(-1)!,
      mean: values.reduce((a, b) => a + b, 0) / layers,
    },
    knn: { before: 0.861, after: full ? 0.601 : 0.728 },
    sharpness: {
      heldOut: {
        n: 480,
        loss: full ? 1.31 : 1.02,
        samWorstCase: full ? 0.412 : 0.223,
        topEigenvalue: full ? 88.1 : 51.7,
        smallestEigenvalue: -4.21,
      },
      train: {
        n: 480,
        loss: full ? 0.011 : 0.094,
        samWorstCase: full ? 0.041 : 0.087,
        topEigenvalue: full ? 9.4 : 44.2,
        smallestEigenvalue: -0.08,
      },
    },
    checkpoint: `/home/ada/.repsim/runs/20260512-093000-${method}/checkpoints/final`,
  };
}

export function runningSnapshot(options: ExampleOptions = {}): DriftSnapshot {
  return {
    type: 'snapshot',
    run: '/home/ada/.repsim/runs/20260512-093000-repsim',
    name: options.name ?? 'fashion-vit-tiny on brainregion, RepSim',
    state: 'running',
    manifest: exampleManifest(options),
    events: exampleEvents({ done: 0.55, ...options }),
  };
}

export function finishedSnapshot(options: ExampleOptions = {}): DriftSnapshot {
  const events = exampleEvents(options);
  return {
    ...runningSnapshot(options),
    state: 'finished',
    events: [...events, { time: events.at(-1)!.time + 6000, type: 'finished' }],
    result: exampleResult(options),
  };
}

export function failedSnapshot(): DriftSnapshot {
  const events = exampleEvents({ done: 0.2 });
  const message = 'The loss became infinite at step 61: lower the learning rate (lr is 0.002).';
  return {
    ...runningSnapshot(),
    state: 'failed',
    events: [...events, { time: events.at(-1)!.time, type: 'failed', message }],
  };
}

/** A name that would script a page, turn its reading direction, break its lines and fill it. */
export const hostileName = `<img src=x onerror="document.title='scripted'">\n\u202eevil\u2066 ${'x'.repeat(10_000)}"'&</script><script>document.title='scripted'</script>`;

/** Every text of the run is hostile, and some values do not exist. */
export function hostileSnapshot(): DriftSnapshot {
  const base = finishedSnapshot();
  const layers = base.manifest!.model.layers.map((_, i) => `${hostileName}${i}`);
  const manifest = {
    ...base.manifest!,
    settings: { ...base.manifest!.settings, checkpoint: hostileName, data: hostileName },
    runtime: { ...base.manifest!.runtime, device: hostileName },
    model: { ...base.manifest!.model, layers, architecture: hostileName },
    data: { ...base.manifest!.data, classes: [hostileName, hostileName], fingerprint: hostileName },
  };
  const holes = base.events.map(
    (event): RunEvent =>
      event.type === 'probe' && event.step > 100
        ? { ...event, cls: event.cls.map((value, i) => (i % 3 === 1 ? null : value)) }
        : event,
  );
  const result: FinetuneResult = {
    ...base.result!,
    test: { loss: null, accuracy: null, balancedAccuracy: null, auc: null, ece: null, why: hostileName },
    similarity: {
      ...base.result!.similarity,
      layers: layers.map((name) => ({ name, value: null, why: hostileName })),
      final: null,
    },
    notes: [hostileName],
  };
  return {
    ...base,
    name: hostileName,
    manifest,
    events: [...holes, { time: start, type: 'note', message: hostileName }],
    result,
  };
}
