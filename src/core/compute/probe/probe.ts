/** Tries one runtime in a process of its own, with a time limit: a crash, a hang or a wrong result each become a reason. */
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { lackOfCuda } from '../onnx/cuda';
import { inContainer, lackOfAdapter } from '../onnx/webgpu';
import { adapterOf } from './adapter';
import type { Candidate } from './candidate';
import type { ProbeAnswer, ProbeOrder } from './probeMain';

export type ProbeResult =
  | {
      readonly works: true;
      /** Software: a GPU in name only. */
      readonly kind: 'cpu' | 'gpu' | 'software';
      readonly device: string;
      readonly version: string | null;
      readonly gigaflops: number;
    }
  | {
      readonly works: false;
      readonly why: string;
      /** What to do about it, where it is not what is done about any failure of that runtime. */
      readonly fix?: string | undefined;
      /** It had no time to answer, which may be the fault of what else the machine does. */
      readonly late?: boolean | undefined;
    };

export interface ProbeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds; default: 30 s, for the first use of a GPU compiles much. */
  readonly timeout?: number;
  /** The module that the process runs; default: the product's. */
  readonly module?: { readonly file: string; readonly execArgv: readonly string[] };
}

const defaultTimeout = 30_000;
/** Of what the process prints, so much of the beginning is looked at. */
const longestLog = 2 ** 20;

/** Throws the signal's reason when cancelled, and nothing else. */
export async function probe(candidate: Candidate, options: ProbeOptions = {}): Promise<ProbeResult> {
  const { signal, timeout = defaultTimeout, module = probeModule() } = options;
  signal?.throwIfAborted();
  const child = fork(module.file, [], {
    execArgv: [...module.execArgv],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let log = '';
  child.stderr!.setEncoding('utf8');
  child.stderr!.on('data', (text: string) => {
    if (log.length < longestLog) log += text;
  });
  const cancel = () => child.kill('SIGKILL');
  signal?.addEventListener('abort', cancel);
  try {
    const answered = await answerOf(child, { name: candidate.name, path: candidate.path }, timeout);
    signal?.throwIfAborted();
    if (answered === 'late')
      return { works: false, why: `it did not answer in ${timeout / 1000} s`, late: true };
    if ('failed' in answered) return { works: false, ...reasonOf(answered, log) };
    const { gigaflops, version = null, onGpu, libraries } = answered;
    const measured = { works: true, gigaflops, version } as const;
    if (candidate.name !== 'onnx-webgpu')
      return { ...measured, kind: onGpu ? 'gpu' : 'cpu', device: answered.device };
    const { device, software } = adapterOf(log, libraries, process.platform);
    return { ...measured, kind: software ? 'software' : 'gpu', device };
  } finally {
    signal?.removeEventListener('abort', cancel);
    child.kill('SIGKILL');
  }
}

function answerOf(child: ChildProcess, order: ProbeOrder, timeout: number): Promise<ProbeAnswer | 'late'> {
  return new Promise((resolve) => {
    const failed = (why: string) => resolve({ failed: why });
    const timer = setTimeout(() => resolve('late'), timeout);
    child.once('message', (answer: ProbeAnswer) => resolve(answer));
    child.once('error', (error) => failed(error.message));
    // After the last of its output, which may say why.
    child.once('close', (code, killed) => failed(`it crashed (${killed ?? `exit code ${code}`})`));
    child.once('close', () => clearTimeout(timer));
    child.send(order, (error) => error && failed(error.message));
  });
}

/** Of a reason, so much is told. */
const longestReason = 300;

/** What a library lacks is told by ONNX Runtime in its log, not in its error. */
function reasonOf(
  { failed, cause }: Extract<ProbeAnswer, { failed: string }>,
  log: string,
): { readonly why: string; readonly fix?: string } {
  const [, lacking] = /Failed to load library \S+ with error: (.+)/.exec(log) ?? [];
  if (lacking) return { why: `a library does not load: ${lacking.trim().slice(0, longestReason)}` };
  // The path and the fix are told beside the reason.
  const [, unloadable] = /does not load \((?:\S+\.node: )?(.+)\): install/.exec(failed) ?? [];
  if (unloadable) return { why: `its native module does not load: ${unloadable.slice(0, longestReason)}` };
  if (/No GPU that WebGPU can use/.test(failed)) {
    return lackOfAdapter(log, { platform: process.platform, container: inContainer() });
  }
  const lack = lackOfCuda(cause ?? failed);
  return lack ?? { why: failed.split('\n', 1)[0]!.slice(0, longestReason) };
}

/** The bundle beside this file, or, run from source, the source through the loader of TypeScript that runs this file too. */
function probeModule(): { readonly file: string; readonly execArgv: readonly string[] } {
  const bundled = path.join(__dirname, 'probe.js');
  if (existsSync(bundled)) return { file: bundled, execArgv: [] };
  return { file: path.join(__dirname, 'probeMain.ts'), execArgv: ['--import', 'tsx'] };
}
