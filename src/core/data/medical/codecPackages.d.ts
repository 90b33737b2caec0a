/** Packages of decoders that have no types of their own, or lack the file that they name. Only what we use. */

declare module 'jpeg-lossless-decoder-js' {
  export class Decoder {
    /** Components side by side, pixel by pixel, in the byte order of this machine. */
    decode(
      buffer: ArrayBuffer,
      offset: number,
      length: number,
    ): Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;
    readonly frame: {
      readonly dimX: number;
      readonly dimY: number;
      readonly precision: number;
    };
    readonly numComp: number;
  }
}

declare module '@cornerstonejs/codec-charls/decode' {
  // biome-ignore lint/style/noDefaultExport: the package has one.
  export default function open(options: {
    print(): void;
    printErr(): void;
  }): Promise<{ JpegLSDecoder: new () => import('./codecs').FrameDecoder }>;
}

declare module '@cornerstonejs/codec-openjpeg/decode' {
  // biome-ignore lint/style/noDefaultExport: the package has one.
  export default function open(options: {
    print(): void;
    printErr(): void;
  }): Promise<{ J2KDecoder: new () => import('./codecs').FrameDecoder }>;
}
