/** Which runs a list shows, in which order and under which headings. Knows nothing of the editor. */
import type { RunEntry } from './runsStore';

export const sortKeys = ['newest', 'name', 'accuracy', 'similarity', 'sharpness'] as const;
export type SortKey = (typeof sortKeys)[number];
export const groupKeys = ['none', 'data', 'method'] as const;
export type GroupKey = (typeof groupKeys)[number];

export interface Arrangement {
  /** Words that a shown run has in its name, data, method or note. */
  readonly filter: string;
  readonly starredOnly: boolean;
  readonly sort: SortKey;
  readonly group: GroupKey;
}

export const plainArrangement: Arrangement = {
  filter: '',
  starredOnly: false,
  sort: 'newest',
  group: 'none',
};

export interface RunGroup {
  /** The method, or the path of the data. */
  readonly key: string;
  readonly runs: readonly RunEntry[];
}

export function isFiltered({ filter, starredOnly }: Arrangement): boolean {
  return filter.trim() !== '' || starredOnly;
}

/** What is kept between two sessions may come from another version. */
export function arrangementFrom(kept: unknown): Arrangement {
  if (typeof kept !== 'object' || kept === null) return plainArrangement;
  const { filter, starredOnly, sort, group } = kept as Record<string, unknown>;
  return {
    filter: typeof filter === 'string' ? filter : '',
    starredOnly: starredOnly === true,
    sort: sortKeys.find((key) => key === sort) ?? plainArrangement.sort,
    group: groupKeys.find((key) => key === group) ?? plainArrangement.group,
  };
}

/** `runs`: the newest first. Starred ones come before the others, those without the value that is sorted by after them. */
export function arrangeRuns(
  runs: readonly RunEntry[],
  { filter, starredOnly, sort }: Arrangement,
): RunEntry[] {
  const words = filter.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const shown = runs.filter((run) => {
    if (starredOnly && !isStarred(run)) return false;
    if (words.length === 0) return true;
    const text = searchedText(run);
    return words.every((word) => text.includes(word));
  });
  const order = new Map(runs.map((run, index) => [run, index]));
  return shown.sort(
    (a, b) =>
      Number(isStarred(b)) - Number(isStarred(a)) || compareBy(sort, a, b) || order.get(a)! - order.get(b)!,
  );
}

/** The groups by their headings; within a group the runs keep their order. */
export function groupRuns(runs: readonly RunEntry[], by: Exclude<GroupKey, 'none'>): RunGroup[] {
  const groups = new Map<string, RunEntry[]>();
  for (const run of runs) {
    const key = (by === 'data' ? settingsOf(run)?.data : settingsOf(run)?.method) ?? '';
    const group = groups.get(key);
    if (group) group.push(run);
    else groups.set(key, [run]);
  }
  return [...groups]
    .map(([key, members]) => ({ key, runs: members }))
    .sort((a, b) => a.key.localeCompare(b.key));
}

export function isStarred({ summary }: RunEntry): boolean {
  return summary?.about.starred === true;
}

/** Undefined for one that was just started with nothing but a folder. */
function settingsOf({ summary, job }: RunEntry): { data: string; method?: string | undefined } | undefined {
  return summary?.manifest.settings ?? job?.params.settings;
}

function searchedText(run: RunEntry): string {
  const settings = settingsOf(run);
  return [run.name, run.summary?.about.note, settings?.data, settings?.method, run.summary?.manifest.id]
    .filter((part) => part !== undefined)
    .join('\n')
    .toLocaleLowerCase();
}

function compareBy(sort: SortKey, a: RunEntry, b: RunEntry): number {
  switch (sort) {
    case 'newest':
      return 0;
    case 'name':
      return a.name.localeCompare(b.name, undefined, { numeric: true });
    case 'accuracy':
    case 'similarity':
      return largestFirst(a.summary?.[sort], b.summary?.[sort]);
    case 'sharpness':
      return smallestFirst(a.summary?.sharpness, b.summary?.sharpness);
  }
}

function largestFirst(a: number | undefined, b: number | undefined): number {
  return smallestFirst(a === undefined ? a : -a, b === undefined ? b : -b);
}

function smallestFirst(a: number | undefined, b: number | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return a - b;
}
