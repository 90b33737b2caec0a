/** The arithmetic of resize.ts in vector instructions: assembly/resizeKernel.ts and the memory that it works in. */
import { resizeKernelModule } from './resizeKernelModule';

/** Weighted sums along one side: output i is made of `counts[i]` pixels from `starts[i]` on. */
export interface Taps {
  readonly size: number;
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  /** `[outputs, size]`, fixed point with 22 bits behind the point. */
  readonly weights: Int32Array;
}

export interface Resampling {
  /** Rows of pixels, channels last; `rowBytes` each. */
  readonly data: Uint8Array;
  readonly channels: number;
  readonly rowBytes: number;
  /** Rows that take part. */
  readonly firstRow: number;
  readonly rowCount: number;
  /** Colours that come out, one after the other. */
  readonly planes: 1 | 3;
  readonly columns: Taps;
  /** Counted from the first row of the image; undefined where no row changes. */
  readonly rows: Taps | undefined;
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  rows(
    from: number,
    rowBytes: number,
    channels: number,
    rows: number,
    to: number,
    width: number,
    planes: number,
    planeBytes: number,
    starts: number,
    counts: number,
    weights: number,
    size: number,
  ): void;
  columns(
    from: number,
    to: number,
    width: number,
    height: number,
    starts: number,
    counts: number,
    weights: number,
    size: number,
  ): void;
}

const page = 65_536;
/** An instance that has taken more memory is not kept: it never gives any back. */
const keptBytes = 64 * 1024 * 1024;
/** Source rows that are copied in at once. */
const chunkBytes = 4 * 1024 * 1024;
/** Whole vectors are read and written at the end of every block. */
const spare = 16;

let compiled: WebAssembly.Module | undefined;
let kept: Exports | undefined;

/** The image narrowed by `columns`, its bytes rounded, then shortened by `rows`: `[planes, height, width]`. */
export function resample(job: Resampling): Uint8Array {
  const { data, channels, rowBytes, firstRow, rowCount, planes, columns, rows } = job;
  const width = columns.starts.length;
  const height = rows ? rows.starts.length : rowCount;
  const chunkRows = Math.min(rowCount, Math.max(1, Math.floor(chunkBytes / rowBytes)));
  let end = 0;
  const reserve = (bytes: number) => {
    const at = end;
    end = Math.ceil((at + bytes + spare) / 16) * 16;
    return at;
  };
  const reserveTaps = (taps: Taps) =>
    [taps.starts, taps.counts, taps.weights].map((table) => reserve(table.byteLength));
  const columnTables = reserveTaps(columns);
  const rowTables = rows && reserveTaps(rows);
  const source = reserve(chunkRows * rowBytes);
  const narrowed = reserve(planes * rowCount * width);
  const shortened = rows ? reserve(planes * height * width) : narrowed;
  const kernel = instance(end);
  const { buffer } = kernel.memory;
  const bytes = new Uint8Array(buffer);
  const write = (table: Int32Array, at: number) => new Int32Array(buffer, at, table.length).set(table);
  const writeTaps = ({ starts, counts, weights }: Taps, at: readonly number[], first: number) => {
    write(first === 0 ? starts : starts.map((start) => start - first), at[0]!);
    write(counts, at[1]!);
    write(weights, at[2]!);
  };
  writeTaps(columns, columnTables, 0);
  for (let y = 0; y < rowCount; y += chunkRows) {
    const count = Math.min(chunkRows, rowCount - y);
    const from = (firstRow + y) * rowBytes;
    bytes.set(data.subarray(from, from + count * rowBytes), source);
    kernel.rows(
      ...([
        source,
        rowBytes,
        channels,
        count,
        narrowed + y * width,
        width,
        planes,
        rowCount * width,
      ] as const),
      ...(columnTables as [number, number, number]),
      columns.size,
    );
  }
  if (rows && rowTables) {
    writeTaps(rows, rowTables, firstRow);
    for (let plane = 0; plane < planes; plane++)
      kernel.columns(
        ...([
          narrowed + plane * rowCount * width,
          shortened + plane * height * width,
          width,
          height,
        ] as const),
        ...(rowTables as [number, number, number]),
        rows.size,
      );
  }
  return bytes.slice(shortened, shortened + planes * height * width);
}

/** With room for `bytes`. */
function instance(bytes: number): Exports {
  compiled ??= new WebAssembly.Module(Buffer.from(resizeKernelModule, 'base64'));
  const fresh = () => new WebAssembly.Instance(compiled!).exports as unknown as Exports;
  if (bytes <= keptBytes) kept ??= fresh();
  const exports = bytes <= keptBytes ? kept! : fresh();
  const missing = bytes - exports.memory.buffer.byteLength;
  if (missing > 0) exports.memory.grow(Math.ceil(missing / page));
  return exports;
}
