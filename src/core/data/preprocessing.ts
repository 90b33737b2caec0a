/** How an image becomes the input of a network, as the checkpoint's own `preprocessor_config.json` says. */

export type ResizeFilter = 'nearest' | 'bilinear' | 'bicubic';

export interface Preprocessing {
  /**
   * `squash`: to exactly this size; `shortest`: so that the shorter side has `edge` pixels; `cover` and `within`: so that the
   * image just covers this size, or just lies within it, its proportions kept; null: as it is.
   */
  readonly resize:
    | { readonly kind: 'squash' | 'cover' | 'within'; readonly height: number; readonly width: number }
    | { readonly kind: 'shortest'; readonly edge: number }
    | null;
  readonly filter: ResizeFilter;
  readonly crop: { readonly height: number; readonly width: number } | null;
  /** Where an odd number of pixels is cut off: down, as Hugging Face has it, or to the even half, as torchvision and timm. */
  readonly cropRounding?: 'half-even';
  /** Bytes of what a crop has outside of the image; black if not given. */
  readonly fill?: readonly [number, number, number];
  /** Pixel values are multiplied by this before they are normalised: 1/255, or 1 where `do_rescale` is false. */
  readonly scale: number;
  /** Per channel; [0, 0, 0] and [1, 1, 1] where `do_normalize` is false. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}
