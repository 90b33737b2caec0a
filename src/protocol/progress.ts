/** How far a piece of work is. `total` 0 means that the end is not known. */
export interface Progress {
  /** What is being done, in words for people: "Reading images", "Epoch 3 of 15". */
  readonly stage: string;
  readonly done: number;
  readonly total: number;
}

export type ReportProgress = (progress: Progress) => void;
