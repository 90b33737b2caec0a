/**
 * Work in an engine process of its own: forks it, makes the requests, and tells how that ended. Knows
 * nothing of the editor, so that it is tested with real processes alone.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import {
  CancellationTokenSource,
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  ResponseError,
} from 'vscode-jsonrpc/node';
import {
  engineErrors,
  engineMethods,
  type FinetuneReply,
  type LandscapeMessage,
  type ProgressMessage,
  type RunChangedMessage,
} from '../../protocol/engine';
import { engineEnvironment } from './engineEnvironment';

export interface EngineModule {
  /** File that the process runs. */
  readonly file: string;
  readonly execArgv?: readonly string[];
}

export interface EngineEvents {
  progress?(progress: ProgressMessage): void;
  /** The files of the run in this folder changed. */
  runChanged?(folder: string): void;
  /** The landscape that is being computed has more points. */
  landscapeChanged?(message: LandscapeMessage): void;
  /** A line that the process printed. */
  line(line: string): void;
}

/** How the work ended. `cancelled`: because it was asked to; `killed` tells that it had to be ended by force. */
export type EngineOutcome<Reply = FinetuneReply> =
  | { readonly kind: 'finished'; readonly result: Reply }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'cancelled'; readonly killed: boolean }
  | { readonly kind: 'died'; readonly how: string; readonly lines: readonly string[] };

export interface EngineRun<Reply = FinetuneReply> {
  readonly pid: number | undefined;
  readonly outcome: Promise<EngineOutcome<Reply>>;
  /** Asks the work to stop, and kills the process where it does not within the grace time. */
  cancel(): void;
}

/** Milliseconds in which a process may stop by itself before it is killed: with it, a cancel takes 2 s at most. */
const graceTime = 1500;
/** Lines kept for the report of a death. */
const lastLines = 20;
const longestLine = 2000;

/** A request of `engineMethods`, with what it takes. */
export interface EngineRequest {
  readonly method: string;
  readonly params: object;
}

/**
 * Starts a process of its own and makes the requests one after the other, as long as each is answered by a result.
 * The outcome is that of the last one; `interim` gets the results of those before.
 */
export function startEngineWork<Reply>(
  module: EngineModule,
  requests: readonly EngineRequest[],
  events: EngineEvents,
  interim?: (result: Reply) => void,
): EngineRun<Reply> {
  const child = fork(module.file, [], {
    execPath: process.execPath,
    execArgv: [...(module.execArgv ?? [])],
    env: { ...process.env, ...engineEnvironment(), ELECTRON_RUN_AS_NODE: '1' },
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const lines = readLines(child, events.line);
  const ended = endOf(child);
  const token = new CancellationTokenSource();
  let cancelling = false;
  let killer: NodeJS.Timeout | undefined;
  const killUnlessEnded = () => {
    killer ??= setTimeout(() => child.kill('SIGKILL'), graceTime);
  };
  ended.then(() => clearTimeout(killer));

  const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  connection.onNotification(engineMethods.progress, (message: ProgressMessage) => events.progress?.(message));
  connection.onNotification(engineMethods.runChanged, ({ run }: RunChangedMessage) =>
    events.runChanged?.(run),
  );
  connection.onNotification(engineMethods.landscapeChanged, (message: LandscapeMessage) =>
    events.landscapeChanged?.(message),
  );
  connection.listen();

  /** The answer to the request, or undefined when none came before the process ended. */
  const answer = async (): Promise<EngineOutcome<Reply> | undefined> => {
    try {
      let outcome: EngineOutcome<Reply> | undefined;
      for (const { method, params } of requests) {
        if (outcome?.kind === 'finished') interim?.(outcome.result);
        const result = await connection.sendRequest<Reply>(method, params, token.token);
        outcome = { kind: 'finished', result };
      }
      return outcome;
    } catch (error) {
      if (!(error instanceof ResponseError)) return undefined;
      if (error.code === engineErrors.cancelled) return { kind: 'cancelled', killed: false };
      if (error.code === engineErrors.workFailed) return { kind: 'failed', message: error.message };
      return undefined;
    }
  };

  const follow = async (): Promise<EngineOutcome<Reply>> => {
    const answered = answer();
    const first = await Promise.race([answered, ended.then(() => undefined)]);
    connection.dispose();
    if (first) {
      // One process a run: let go of it, and it ends by itself.
      if (child.connected) child.disconnect();
      killUnlessEnded();
      return first;
    }
    killUnlessEnded();
    const how = await ended;
    if (cancelling) return { kind: 'cancelled', killed: true };
    return { kind: 'died', how, lines: lines() };
  };

  return {
    pid: child.pid,
    outcome: follow(),
    cancel() {
      if (cancelling) return;
      cancelling = true;
      token.cancel();
      killUnlessEnded();
    },
  };
}

/** Hands on what the process prints line by line; returns what gives the last lines. */
function readLines(child: ChildProcess, line: (line: string) => void): () => readonly string[] {
  const last: string[] = [];
  for (const input of [child.stdout, child.stderr]) {
    if (!input) continue;
    createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (text) => {
      const short = text.slice(0, longestLine);
      last.push(short);
      if (last.length > lastLines) last.shift();
      line(short);
    });
  }
  return () => last;
}

/** Resolves with words for how the process ended, once its last output has been read. */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => {
      const how = signal ?? `exit code ${code}`;
      const late = setTimeout(() => resolve(how), 300);
      child.once('close', () => {
        clearTimeout(late);
        resolve(how);
      });
    });
  });
}
