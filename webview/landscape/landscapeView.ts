/** The panel "Loss Landscape": what is looked at above, the surface below, and under it the figures of sharpness. */

import * as l10n from '@vscode/l10n';
import { baseName } from '../../src/protocol/baseName';
import type {
  LandscapePageState,
  LandscapeSnapshot,
  LandscapeToHost,
} from '../../src/protocol/landscapePanel';
import { displayName } from '../shared/charts/displayName';
import { formatDuration } from '../shared/charts/format';
import { button } from '../shared/controls';
import { html } from '../shared/html';
import { AnalysisStatus } from './analysisStatus';
import { type Quantity, quantitiesOf } from './quantities';
import { SharpnessView } from './sharpnessView';
import { SurfaceControls } from './surfaceControls';
import { SurfaceView } from './surfaceView';

export interface LandscapeViewActions {
  post(message: LandscapeToHost): void;
  keep(state: LandscapePageState): void;
}

export class LandscapeView {
  private snapshot: LandscapeSnapshot | undefined;
  private unreadable: string | undefined;
  private quantity: string | undefined;
  private frame = 0;
  private readonly surface: SurfaceView;
  private readonly sharpness: SharpnessView;
  private readonly controls: SurfaceControls;
  private readonly compute: HTMLElement;
  private readonly measure: HTMLElement;
  private readonly cancel: HTMLElement;
  private readonly title: HTMLElement;
  private readonly facts: HTMLElement;
  private readonly empty: HTMLElement;
  private readonly problems: HTMLElement;
  private readonly status: AnalysisStatus;
  private readonly sharpnessStatus: AnalysisStatus;
  private readonly sections: readonly HTMLElement[];

  constructor(
    private readonly root: HTMLElement,
    private readonly exportMenu: HTMLElement,
    private state: LandscapePageState,
    private readonly actions: LandscapeViewActions,
  ) {
    const document = root.ownerDocument;
    this.surface = new SurfaceView(document);
    this.sharpness = new SharpnessView(document);
    this.status = new AnalysisStatus(document, 'landscape-status', l10n.t('Progress of the landscape'));
    this.sharpnessStatus = new AnalysisStatus(
      document,
      'sharpness-status',
      l10n.t('Progress of the sharpness'),
    );
    this.controls = new SurfaceControls(document, {
      choose: (dims, axes) => actions.post({ type: 'choose', dims, axes }),
      quantity: (id) => {
        this.quantity = id;
        this.redraw();
      },
      logarithmic: (logarithmic) => {
        this.look({ logarithmic });
        this.redraw();
      },
    });
    this.compute = button(document, 'compute', l10n.t('Compute'), 'primary', () =>
      actions.post({ type: 'compute' }),
    );
    this.measure = button(document, 'measure', l10n.t('Measure Sharpness'), 'secondary', () =>
      actions.post({ type: 'measure' }),
    );
    this.cancel = button(document, 'cancel', l10n.t('Cancel'), 'secondary', () =>
      actions.post({ type: 'cancel' }),
    );
    const showLog = button(document, 'show-log', l10n.t('Show Log'), 'secondary', () =>
      actions.post({ type: 'showLog' }),
    );
    this.title = html(document, 'h1', { id: 'landscape-title' });
    this.facts = html(document, 'p', { id: 'facts', class: 'muted' });
    this.problems = html(document, 'ul', { id: 'problems', class: 'messages', role: 'status' });
    this.empty = html(
      document,
      'p',
      { id: 'empty', class: 'muted' },
      l10n.t('Nothing computed yet. Compute draws a coarse picture within seconds and refines it.'),
    );
    const buttons = html(
      document,
      'div',
      { class: 'actions' },
      this.compute,
      this.cancel,
      showLog,
      exportMenu,
    );
    const head = html(
      document,
      'div',
      { class: 'section-head' },
      html(document, 'h2', {}, l10n.t('Sharpness')),
      this.measure,
    );
    this.sections = [
      html(
        document,
        'section',
        { 'aria-label': l10n.t('Landscape') },
        this.controls.element,
        this.controls.about,
        this.status.element,
        this.empty,
        this.surface.element,
      ),
      html(
        document,
        'section',
        { 'aria-label': l10n.t('Sharpness') },
        head,
        this.sharpnessStatus.element,
        this.sharpness.element,
      ),
    ];
    root.replaceChildren(
      html(
        document,
        'header',
        {},
        html(document, 'div', { class: 'title-row' }, this.title, buttons),
        this.facts,
        this.problems,
      ),
      ...this.sections,
    );
    root.dataset.landscape = 'empty';
    this.draw();
    new ResizeObserver(() => this.redraw()).observe(root);
  }

  get current(): LandscapeSnapshot | undefined {
    return this.snapshot;
  }

  get heading(): readonly string[] {
    return [this.title.textContent ?? '', this.facts.textContent ?? ''];
  }

  get pictures(): readonly SVGSVGElement[] {
    return [...this.surface.pictures, ...this.sharpness.pictures];
  }

  receive(snapshot: LandscapeSnapshot): void {
    this.snapshot = snapshot;
    this.unreadable = undefined;
    this.look({ choice: snapshot.choice });
    this.redraw();
  }

  /** An update could not be read: what is shown stays, and says so. */
  missed(reason: string): void {
    this.unreadable = reason;
    this.redraw();
  }

  private look(change: Partial<LandscapePageState>): void {
    this.state = { ...this.state, ...change };
    this.actions.keep(this.state);
  }

  /** Many changes between two frames are one drawing. */
  private redraw(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    const { snapshot } = this;
    const document = this.root.ownerDocument;
    this.problems.replaceChildren(
      ...(this.unreadable
        ? [
            html(
              document,
              'li',
              { class: 'warning' },
              l10n.t('An update could not be read ({0}).', this.unreadable),
            ),
          ]
        : []),
    );
    for (const section of this.sections) section.hidden = snapshot === undefined;
    this.title.textContent = snapshot
      ? snapshot.names.map((name) => displayName(name, 48)).join(' · ')
      : l10n.t('Loss Landscape');
    if (!snapshot) return;
    const { landscape, sharpness, choice: chosen } = snapshot;
    const computing = landscape.state === 'computing' || sharpness.state === 'computing';
    this.root.dataset.landscape = landscape.state;
    this.root.dataset.sharpness = sharpness.state;
    this.cancel.hidden = !computing;
    this.compute.hidden = landscape.state === 'done';
    this.compute.toggleAttribute('disabled', computing);
    this.measure.toggleAttribute('disabled', computing);
    this.measure.hidden = sharpness.state === 'done';
    this.controls.show(chosen, computing);
    this.drawLandscape(snapshot);
    const notes = sharpness.results.flatMap((result) => result?.notes ?? []);
    const known = sharpness.results.filter((result) => result !== null).length;
    this.sharpnessStatus.show(sharpness, known > 0, [...new Set(notes)]);
    this.sharpness.show(snapshot);
    this.exportMenu.hidden = landscape.result === undefined && known === 0;
  }

  private drawLandscape(snapshot: LandscapeSnapshot): void {
    const { landscape } = snapshot;
    const { result } = landscape;
    const found = result ? quantitiesOf(result) : [];
    const quantity: Quantity | undefined = found.find(({ id }) => id === this.quantity) ?? found[0];
    this.controls.offer(found, quantity, this.state.logarithmic);
    this.empty.hidden = result !== undefined || landscape.state === 'computing';
    this.facts.textContent = result ? factsOf(result) : '';
    this.status.show(landscape, result !== undefined && !result.complete, result?.notes ?? []);
    this.surface.element.setAttribute('aria-busy', String(landscape.state === 'computing'));
    this.surface.show(snapshot, quantity, this.state.logarithmic);
  }
}

function factsOf({
  n,
  split,
  data,
  seed,
  points,
  complete,
  seconds,
  runtime,
}: NonNullable<LandscapeSnapshot['landscape']['result']>): string {
  return [
    l10n.t('{0} {1} images of {2}', n, split, displayName(baseName(data), 40)),
    l10n.t('{0} of {1} points', points.done, points.total),
    l10n.t('seed {0}', seed),
    runtime,
    complete && formatDuration(1000 * seconds),
  ]
    .filter(Boolean)
    .join(' · ');
}
