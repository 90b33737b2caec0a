/** What is known of all runtimes on this machine, and which of them `auto` takes. */
import {
  type RuntimeName,
  type RuntimeReport,
  type RuntimesReport,
  runtimeChoices,
  runtimeEnvironment,
} from '../../../protocol/runtime';
import { UserError } from '../../errors';
import type { RuntimeLocations } from '../locations';
import { librariesFix } from '../onnx/cuda';
import { adapterFix } from '../onnx/webgpu';
import { readProbes, writeProbes } from './cache';
import { findCandidate, type ProbedName, probedNames } from './candidate';
import { type ProbeOptions, type ProbeResult, probe } from './probe';

export interface ProbeAllOptions extends Pick<ProbeOptions, 'signal'> {
  /** Try all again, whatever is kept. */
  readonly refresh?: boolean;
  /** Told the name of each runtime that is being tried. */
  readonly onProbe?: (name: RuntimeName) => void;
  /** Tries one; default: in a process of its own. */
  readonly probe?: typeof probe;
}

/** What a GPU must bring over the CPU to be taken: moving data to it costs too. */
const worthwhile = 1.5;

const fixes: Readonly<Record<ProbedName, string>> = {
  'onnx-cpu': 'install RepSim for this platform',
  'onnx-webgpu': adapterFix(process.platform),
  'onnx-cuda': librariesFix,
  tensorflow: 'link another TensorFlow: repsim runtimes link --python PATH',
};

const tryAgain = 'try again when the machine has less to do: repsim runtimes --refresh';

/** Tries what is not known yet. Throws the signal's reason when cancelled, else nothing. */
export async function probeRuntimes(
  locations: RuntimeLocations,
  options: ProbeAllOptions = {},
): Promise<RuntimesReport> {
  const { signal, refresh = false, onProbe, probe: tryOne = probe } = options;
  const kept = refresh ? {} : await readProbes(locations.storage);
  const reports: RuntimeReport[] = [];
  let changed = false;
  // One after the other: each is timed.
  for (const name of probedNames) {
    const candidate = await findCandidate(name, locations);
    if ('why' in candidate) {
      reports.push({ ...absent(name), why: candidate.why, fix: candidate.fix });
      continue;
    }
    const known = kept[name];
    let result = known?.identity === candidate.identity ? known.result : undefined;
    if (!result) {
      onProbe?.(name);
      result = await tryOne(candidate, { signal });
      kept[name] = { identity: candidate.identity, result };
      changed = true;
    }
    reports.push(reportOf(name, candidate.path, result));
  }
  if (changed) await writeProbes(locations.storage, kept);
  const chosen = chooseRuntime(reports);
  const reference = {
    ...absent('reference'),
    ...{ available: true, device: 'tfjs cpu backend', why: 'plain JavaScript, for checking the others' },
  };
  return { chosen, runtimes: [...reports.map((report) => explain(report, chosen, reports)), reference] };
}

/** The fastest GPU that is worth it, else the CPU. */
export function chooseRuntime(reports: readonly RuntimeReport[]): RuntimeName {
  const cpu = reports.find(({ name }) => name === 'onnx-cpu')?.gigaflops ?? 0;
  const [fastest] = reports
    .filter(({ available, kind }) => available && kind === 'gpu')
    .filter(({ gigaflops }) => gigaflops! >= worthwhile * cpu)
    .sort((a, b) => b.gigaflops! - a.gigaflops!);
  return fastest?.name ?? 'onnx-cpu';
}

/** What `auto` stands for: what the environment says, else what was chosen by probing. Throws a UserError. */
export async function automaticRuntime(locations: RuntimeLocations): Promise<RuntimeName> {
  const said = process.env[runtimeEnvironment.choice];
  if (said && said !== 'auto') {
    const known = runtimeChoices.find((choice) => choice === said);
    if (known && known !== 'auto') return known;
    throw new UserError(
      `${runtimeEnvironment.choice} is "${said}": set it to one of ${runtimeChoices.join(', ')}.`,
    );
  }
  return (await probeRuntimes(locations)).chosen;
}

function absent(name: RuntimeName): RuntimeReport {
  const nothing = { kind: null, device: null, version: null, gigaflops: null, path: null };
  return { name, available: false, ...nothing, why: null, fix: null };
}

function reportOf(name: ProbedName, path: string | undefined, result: ProbeResult): RuntimeReport {
  const place = path ?? null;
  if (!result.works) {
    const fix = result.late ? tryAgain : (result.fix ?? fixes[name]);
    return { ...absent(name), path: place, why: result.why, fix };
  }
  const { kind, device, version } = result;
  const gigaflops = Number(result.gigaflops.toPrecision(3));
  return { name, available: true, kind, device, version, gigaflops, path: place, why: null, fix: null };
}

/** Says why a runtime that works is not the one that is taken. */
function explain(report: RuntimeReport, chosen: RuntimeName, all: readonly RuntimeReport[]): RuntimeReport {
  if (report.name === chosen || !report.available) return report;
  const { kind, device, name } = report;
  if (kind === 'software') {
    return {
      ...report,
      why: `${device} is a software adapter: it computes on the CPU, slowly`,
      fix: fixes['onnx-webgpu'],
    };
  }
  if (name === 'tensorflow' && kind === 'cpu') {
    return {
      ...report,
      why: 'on a CPU, ONNX Runtime takes less time for a training step',
      fix: 'link one that uses a GPU: pip install tensorflow[and-cuda]',
    };
  }
  const best = all.find((one) => one.name === chosen)?.gigaflops;
  return { ...report, why: best ? `${chosen} is faster` : `${chosen} is taken`, fix: null };
}
