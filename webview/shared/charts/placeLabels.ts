/** Places labels beside the ends of lines so that they do not cover one another. */

export interface WantedLabel {
  /** Where the label would stand if it were alone. */
  readonly y: number;
  /** Of two labels that are in each other's way the one with the higher rank stays. */
  readonly rank: number;
}

/** So many labels can be moved apart and still be seen to belong to their lines. */
const mostMoved = 12;

/**
 * For each label its place in [top, bottom], at least `gap` from the next; undefined for those that find no room.
 * The order from top to bottom is that of the wanted places. Few labels are moved apart; of many those stay that are
 * not in the way of one with a higher rank, where they wanted to be.
 */
export function placeLabels(
  wanted: readonly WantedLabel[],
  top: number,
  bottom: number,
  gap: number,
): (number | undefined)[] {
  const ranked = wanted
    .map(({ y, rank }, index) => ({ y: Math.max(top, Math.min(bottom, y)), rank, index }))
    .sort((a, b) => b.rank - a.rank || a.index - b.index);
  const room = Math.floor((bottom - top) / gap) + 1;
  const chosen = ranked.length > Math.min(room, mostMoved) ? outOfTheWay(ranked, gap) : ranked;
  chosen.sort((a, b) => a.y - b.y || a.index - b.index);
  const places = new Array<number | undefined>(wanted.length).fill(undefined);
  let least = top;
  for (const label of chosen) {
    const place = Math.max(least, label.y);
    places[label.index] = place;
    least = place + gap;
  }
  let most = bottom;
  for (const label of chosen.reverse()) {
    const place = Math.min(places[label.index]!, most);
    places[label.index] = place;
    most = place - gap;
  }
  return places;
}

/** Those that are at least `gap` from every one before them. */
function outOfTheWay<Label extends { readonly y: number }>(ranked: readonly Label[], gap: number): Label[] {
  const kept: Label[] = [];
  for (const label of ranked) {
    if (kept.every(({ y }) => Math.abs(y - label.y) >= gap)) kept.push(label);
  }
  return kept;
}
