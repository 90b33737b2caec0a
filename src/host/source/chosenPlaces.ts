/** Which of several lines a person said makes a layer, kept for the workspace: the question is asked once. */
import type * as vscode from 'vscode';
import * as z from 'zod';
import type { LayerPlace } from '../code/pathFollower';

const key = 'repsim.source.chosen';
/** The oldest choice goes when there are more. */
const mostChosen = 200;

const chosen = z
  .array(
    z.object({
      /** Of the model: a choice holds for all layers of all models of one architecture. */
      architecture: z.string(),
      file: z.string(),
      className: z.string(),
      member: z.string(),
    }),
  )
  .max(mostChosen);

type Chosen = z.output<typeof chosen>[number];

export class ChosenPlaces {
  constructor(private readonly memory: vscode.Memento) {}

  /** Those of `places` that are meant as far as it was said; all of them where nothing was. */
  narrow(architecture: string, places: readonly LayerPlace[]): readonly LayerPlace[] {
    if (places.length < 2) return places;
    // The newest word holds.
    const said = this.all()
      .filter((one) => one.architecture === architecture)
      .reverse();
    const fits: readonly ((a: LayerPlace, b: Chosen) => boolean)[] = [
      (a, b) => a.file === b.file && a.className === b.className && a.member === b.member,
      (a, b) => a.file === b.file && a.className === b.className,
      (a, b) => a.file === b.file,
    ];
    for (const matches of fits) {
      for (const one of said) {
        const meant = places.filter((place) => matches(place, one));
        if (meant.length === 1) return meant;
      }
    }
    return places;
  }

  async remember(architecture: string, { file, className, member }: LayerPlace): Promise<void> {
    const others = this.all().filter(
      (one) =>
        !(
          one.architecture === architecture &&
          one.file === file &&
          one.className === className &&
          one.member === member
        ),
    );
    const all = [...others, { architecture, file, className, member }];
    await this.memory.update(key, all.slice(-mostChosen));
  }

  /** How many choices were forgotten. */
  async forget(): Promise<number> {
    const { length } = this.all();
    await this.memory.update(key, undefined);
    return length;
  }

  private all() {
    return chosen.safeParse(this.memory.get(key)).data ?? [];
  }
}
