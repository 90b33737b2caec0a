/** One side of a comparison: something that gives the representations of images by index. */
import type { Features } from '../similarity/features';

export interface RepresentationSource {
  /** Absolute path that the person named. */
  readonly path: string;
  /** The same content gives the same text. */
  readonly fingerprint: string;
  readonly images: number;
  /** In the order in which the network runs. */
  readonly layers: readonly string[];
  readonly hasLogits: boolean;
  /** What the person should know. */
  readonly notes: readonly string[];
  /** The images at `indices`, ascending: of every layer one row an image, or one a token. */
  read(indices: Int32Array, signal?: AbortSignal): Promise<Representations>;
  dispose(): Promise<void>;
}

export interface Representations {
  /** In the order of `layers`. */
  readonly layers: readonly Features[];
  readonly logits: Features | undefined;
}

/** Name of the array of a dump that holds outputs rather than a representation. */
export const logitsName = 'logits';
