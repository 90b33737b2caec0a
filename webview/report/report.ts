/** `renderReport`: runs side by side as one HTML file that needs nothing else: no script, no network, no editor. */
import { createHash } from 'node:crypto';
import { parseHTML } from 'linkedom';
import type { FinetuneResult, RunEvent, RunManifest } from '../../src/protocol/runs';
import { displayName } from '../shared/charts/displayName';
import { formatDuration } from '../shared/charts/format';
import { type Child, html } from '../shared/html';
import { reasons, sharpnessComparison, testTable } from '../shared/resultTables';
import { readRun } from '../shared/runRecord';
import { similarityRange, stepRange } from '../shared/similarityCharts';
import { type Analyses, analyses } from './analyses';
import { changeCards, warnings } from './changes';
import { definitions, limits } from './definitions';
import { layerComparison, runFigures, scrolling } from './reportCharts';
import { reportStyle } from './reportStyle';
import { sameImagesWarnings } from './sameImages';
import { settingsTable } from './settingsTable';

export interface ReportRun {
  readonly name: string;
  readonly manifest: RunManifest | undefined;
  readonly events: readonly RunEvent[];
  /** Undefined for a run that did not finish: its curves are shown, its figures are not. */
  readonly result: FinetuneResult | undefined;
  /** What a person wrote of the run. */
  readonly note?: string | undefined;
  /** What was found out about its model besides. */
  readonly analyses?: Analyses | undefined;
}

export interface ReportInput {
  readonly title: string;
  /** Others are compared with the first. Between 1 and 8. */
  readonly runs: readonly ReportRun[];
  /** Command lines that make these runs again. */
  readonly reproduce: string;
}

export const maxReportRuns = 8;
/** Characters of a note and of a block of code, and lines of a note: more is nothing that a person wrote. */
const longestNote = 10_000;
const mostNoteLines = 200;
const longestCode = 32_000;
const mostCharacters = 950_000;

/** The report as the text of an HTML file, under 1 MB whatever the length of the runs. */
export function renderReport({ title, runs, reproduce }: ReportInput): string {
  if (runs.length === 0 || runs.length > maxReportRuns) {
    throw new RangeError(`A report shows 1 to ${maxReportRuns} runs, not ${runs.length}.`);
  }
  const { document } = parseHTML('<!DOCTYPE html><html lang="en"><head></head><body></body></html>');
  const main = html(document, 'main');
  document.body.append(main);
  const add = (...children: Child[]) => main.append(...children);
  const records = runs.map(({ name, events, manifest }) => ({ name, record: readRun(events, manifest) }));
  const finished = runs.flatMap(({ name, result }) => (result ? [{ name, result }] : []));
  const samples = finished[0]?.result.similarity.samples ?? 'cls';
  const steps = [0, Math.max(...records.map(({ record }) => stepRange(record, false)[1]))] as const;
  const range = similarityRange(
    records.map(({ record }) => record),
    samples,
  );

  writeHead(document, title);
  add(
    html(document, 'h1', {}, displayName(title, 120)),
    html(document, 'p', { class: 'muted' }, subtitle(runs)),
  );
  add(...notes(document, runs), ...changeCards(document, finished), ...warnings(document, finished));
  add(...sameImagesWarnings(runs).map((warning) => html(document, 'p', { class: 'warning' }, warning)));
  if (finished.length > 0) {
    add(
      html(document, 'h2', {}, 'Figures'),
      html(
        document,
        'div',
        { class: 'beside' },
        ...[testTable(finished), sharpnessComparison(finished)].map((table) => scrolling(document, table)),
      ),
      ...finished.flatMap(({ name, result }) =>
        reasons(result).map((why) => html(document, 'p', { class: 'muted' }, `${displayName(name)}. ${why}`)),
      ),
      html(document, 'h2', {}, 'Similarity of each layer'),
      layerComparison(document, finished),
    );
  }
  const settings = html(document, 'h2', {}, 'Settings and versions');
  add(
    html(document, 'h2', {}, 'Drift over the run'),
    ...runs.flatMap(({ name, result }) => (result ? [] : [unfinished(document, name)])),
    ...records.flatMap((one) => runFigures(document, one, runs.length, samples, steps, range)),
    settings,
    scrolling(document, settingsTable(runs), 'settings'),
    html(document, 'h2', {}, 'How to reproduce'),
    ...reproduction(document, runs, reproduce),
    html(document, 'h2', {}, 'What the numbers mean'),
    html(
      document,
      'dl',
      { class: 'terms' },
      ...definitions.flatMap(([term, meaning]) => [
        html(document, 'dt', {}, term),
        html(document, 'dd', {}, meaning),
      ]),
    ),
    html(document, 'h2', {}, 'Limits'),
    html(document, 'ul', {}, ...limits.map((limit) => html(document, 'li', {}, limit))),
  );
  // What can be left out gets the room that the rest leaves.
  const room = mostCharacters - document.toString().length;
  settings.before(...analyses(document, runs, room));
  return document.toString();
}

/** The policy allows nothing but the one style sheet, by its hash: a name that became markup could still do nothing. */
function writeHead(document: Document, title: string): void {
  const hash = createHash('sha256').update(reportStyle).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  document.head.append(
    html(document, 'meta', { charset: 'utf-8' }),
    html(document, 'meta', { 'http-equiv': 'Content-Security-Policy', content: policy }),
    html(document, 'meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    // The text of a title is written as it is: here alone the escaping is ours to do.
    html(document, 'title', {}, displayName(title, 120).replaceAll('&', '&amp;').replaceAll('<', '&lt;')),
    html(document, 'style', {}, reportStyle),
  );
}

function subtitle(runs: readonly ReportRun[]): string {
  const created = runs.flatMap(({ manifest }) => manifest?.createdAt.slice(0, 10) ?? []).sort();
  const version = runs[0]?.manifest?.versions.repsim;
  const seconds = runs.reduce((sum, { result }) => sum + (result?.seconds ?? 0), 0);
  return [
    created.at(-1) && displayName(created.at(-1)!, 10),
    `RepSim${version ? ` ${displayName(version, 20)}` : ''}`,
    seconds > 0 ? `${formatDuration(1000 * seconds)} of computing` : undefined,
  ]
    .filter((part) => part !== undefined)
    .join(' · ');
}

function unfinished(document: Document, name: string): HTMLElement {
  const sentence = `${displayName(name, 80)} did not come to its end: its curves are shown as far as it got, and it has no figures.`;
  return html(document, 'p', { class: 'warning' }, sentence);
}

/** What people wrote of the runs, line by line. */
function notes(document: Document, runs: readonly ReportRun[]): HTMLElement[] {
  const written = runs.flatMap(({ name, note }) => (note ? [{ name, note }] : []));
  const several = written.length > 1;
  const each = written.map(({ name, note }) => {
    const lines = note.slice(0, longestNote).split('\n').slice(0, mostNoteLines);
    return html(
      document,
      'section',
      { class: 'note' },
      html(document, several ? 'h3' : 'h2', {}, `Note on ${displayName(name, 80)}`),
      ...lines.map((line) => html(document, 'p', {}, line.trim() === '' ? ' ' : displayName(line, 1000))),
    );
  });
  return several ? [html(document, 'h2', {}, 'Notes'), ...each] : each;
}

/** The command lines, and what the editor and `repsim finetune repsim.json` take. */
function reproduction(document: Document, runs: readonly ReportRun[], reproduce: string): HTMLElement[] {
  const code = (text: string) =>
    html(document, 'pre', { tabindex: 0 }, html(document, 'code', {}, text.slice(0, longestCode)));
  const files = runs.flatMap(({ name, manifest }) => {
    if (!manifest) return [];
    const { out: _out, ...settings } = manifest.settings;
    return [
      html(document, 'h3', {}, `repsim.json of ${displayName(name, 80)}`),
      code(JSON.stringify(settings, null, 2)),
    ];
  });
  return [
    html(document, 'p', {}, 'In a terminal, with the versions above:'),
    code(reproduce),
    ...(files.length === 0
      ? []
      : [
          html(
            document,
            'details',
            {},
            html(document, 'summary', {}, 'As a repsim.json, for the editor and the command'),
            ...files,
          ),
        ]),
  ];
}
