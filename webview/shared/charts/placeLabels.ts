/** Places labels beside the ends of lines so that they do not cover one another. */

export interface WantedLabel {
  /** Where the label would stand if it were alone. */
  readonly y: number;
  /** Labels with a higher rank stay when there is not room for all. */
  readonly rank: number;
}

/**
 * For each label its place in [top, bottom], at least `gap` from the next; undefined for those that find no room.
 * The order from top to bottom is that of the wanted places.
 */
export function placeLabels(
  wanted: readonly WantedLabel[],
  top: number,
  bottom: number,
  gap: number,
): (number | undefined)[] {
  const room = Math.max(0, Math.floor((bottom - top) / gap) + 1);
  const chosen = wanted
    .map((label, index) => ({ ...label, index }))
    .sort((a, b) => b.rank - a.rank || a.index - b.index)
    .slice(0, room)
    .sort((a, b) => a.y - b.y || a.index - b.index);
  const places = new Array<number | undefined>(wanted.length).fill(undefined);
  let least = top;
  for (const label of chosen) {
    const place = Math.max(least, Math.min(bottom, label.y));
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
