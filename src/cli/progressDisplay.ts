/** Shows progress on stderr: a bar on a terminal, a line a stage elsewhere. */
import { type Options, Presets, SingleBar } from 'cli-progress';
import { printable } from '../core/printable';
import type { ReportProgress } from '../protocol/progress';

export interface ProgressDisplay {
  readonly report: ReportProgress;
  /** Prints a line for people. */
  readonly say: (text: string) => void;
  readonly stop: () => void;
}

export function createProgressDisplay(stream: NodeJS.WriteStream): ProgressDisplay {
  // A dumb terminal, such as that of a CI or of an editor, would print the codes that move the cursor.
  return stream.isTTY && process.env.TERM !== 'dumb' ? barDisplay(stream) : lineDisplay(stream);
}

function barDisplay(stream: NodeJS.WriteStream): ProgressDisplay {
  const options: Options = {
    stream,
    format: '{bar} {percentage}% {stage} {eta_formatted}',
    barsize: 24,
    hideCursor: true,
    etaBuffer: 50,
    fps: 8,
  };
  let bar: SingleBar | undefined;
  let stage = '';
  const stop = (): void => {
    bar?.stop();
    bar = undefined;
    stage = '';
  };
  return {
    report(progress) {
      const total = Math.max(progress.total, 1);
      if (!bar || progress.stage !== stage) {
        stop();
        stage = progress.stage;
        bar = new SingleBar(options, Presets.shades_classic);
        bar.start(total, progress.done, { stage });
      }
      bar.setTotal(total);
      bar.update(progress.done, { stage });
    },
    say(text) {
      stop();
      stream.write(`${printable(text)}\n`);
    },
    stop,
  };
}

function lineDisplay(stream: NodeJS.WriteStream): ProgressDisplay {
  let stage = '';
  return {
    report(progress) {
      if (progress.stage === stage) return;
      stage = progress.stage;
      stream.write(`${stage}\n`);
    },
    say: (text) => void stream.write(`${printable(text)}\n`),
    stop: () => {},
  };
}
