/** Which parameters belong to which layer, and which of them a person named. */

import { sizeOf } from '../compute/runtime';
import { UserError } from '../errors';
import type { VisionModel } from '../models/model';
import { headPrefix } from '../models/model';
import type { ParameterRange } from './restrictSurface';

/** One parameter tensor's place in the vector of all of them. */
export interface ParameterPlace extends ParameterRange {
  readonly name: string;
  /** "embedding", a layer such as "block.0", "final" or "head". */
  readonly layer: string;
}

/** In the order of `parameters`, which is that of the vector; buffers, which no gradient moves, are left out. */
export function parameterPlaces(
  model: Pick<VisionModel, 'layers' | 'parameters' | 'buffers'>,
): ParameterPlace[] {
  const places: ParameterPlace[] = [];
  let from = 0;
  for (const [name, spec] of Object.entries(model.parameters)) {
    const to = from + sizeOf(spec.shape);
    if (to > from && !model.buffers.includes(name))
      places.push({ name, from, to, layer: layerOf(model, name, places) });
    from = to;
  }
  return places;
}

/** What lies before the first block is the embedding, what lies behind the last one goes with "final". */
function layerOf(
  { layers }: Pick<VisionModel, 'layers'>,
  name: string,
  before: readonly ParameterPlace[],
): string {
  if (name.startsWith(headPrefix)) return 'head';
  const block = /^blocks\.(\d+)\./.exec(name);
  const own = layers.find((layer) => layer === `block.${block?.[1]}`);
  if (own !== undefined) return own;
  return before.some(({ layer }) => layer !== 'embedding') ? layers[layers.length - 1]! : 'embedding';
}

/**
 * The parameters that `selected` names: "all", "backbone", or names and patterns with * and ? of layers or of parameters,
 * separated by commas. Throws a UserError that lists the layers where one of them names nothing.
 */
export function selectParameters(places: readonly ParameterPlace[], selected: string): ParameterPlace[] {
  if (selected === 'all') return [...places];
  if (selected === 'backbone') return places.filter(({ layer }) => layer !== 'head');
  const chosen = new Set<ParameterPlace>();
  for (const part of selected.split(',').map((text) => text.trim())) {
    const pattern = wildcard(part);
    const found = places.filter(({ name, layer }) => pattern.test(layer) || pattern.test(name));
    if (found.length === 0) {
      const layers = [...new Set(places.map(({ layer }) => layer))].join(', ');
      throw new UserError(
        `No parameter of the model belongs to "${part}"; name some of the layers ${layers}, "backbone" or "all".`,
      );
    }
    for (const place of found) chosen.add(place);
  }
  return places.filter((place) => chosen.has(place));
}

/** Adjacent places joined. */
export function rangesOf(places: readonly ParameterRange[]): ParameterRange[] {
  const ranges: { from: number; to: number }[] = [];
  for (const { from, to } of places) {
    const last = ranges[ranges.length - 1];
    if (last?.to === from) last.to = to;
    else ranges.push({ from, to });
  }
  return ranges;
}

function wildcard(pattern: string): RegExp {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}
