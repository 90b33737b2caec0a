/** The frame of a zip archive of stored files whose sizes are known and whose contents are written later, in any order. */

export interface StoredZip {
  /** First byte of every file's content. */
  readonly starts: readonly number[];
  /** The local headers, the directory and its end, once the checksums are known. */
  frame(sums: readonly number[]): { readonly at: number; readonly bytes: Uint8Array }[];
}

/** Beyond these, archives need the 64-bit form, which is not written. */
const maximumBytes = 0xffff_ffff;
const maximumFiles = 0xffff;
const localBytes = 30;
const centralBytes = 46;
const endBytes = 22;
/** 1 January 1980, the earliest there is: the same content gives the same file. */
const date = 0x21;
const utf8Names = 0x800;

/** Undefined where the archive would be too large. */
export function storedZip(
  files: readonly { readonly name: string; readonly size: number }[],
): StoredZip | undefined {
  const names = files.map(({ name }) => Buffer.from(name, 'utf8'));
  let at = 0;
  const offsets = files.map(({ size }, i) => {
    const offset = at;
    at += localBytes + names[i]!.length + size;
    return offset;
  });
  const directoryStart = at;
  const directoryBytes = names.reduce((sum, name) => sum + centralBytes + name.length, 0);
  if (directoryStart + directoryBytes > maximumBytes || files.length > maximumFiles) return undefined;
  return {
    starts: offsets.map((offset, i) => offset + localBytes + names[i]!.length),
    frame(sums) {
      const directory = files.map(({ size }, i) => centralHeader(names[i]!, size, sums[i]!, offsets[i]!));
      const end = Buffer.alloc(endBytes);
      end.writeUInt32LE(0x06054b50, 0);
      end.writeUInt16LE(files.length, 8);
      end.writeUInt16LE(files.length, 10);
      end.writeUInt32LE(directoryBytes, 12);
      end.writeUInt32LE(directoryStart, 16);
      return [
        ...files.map(({ size }, i) => ({ at: offsets[i]!, bytes: localHeader(names[i]!, size, sums[i]!) })),
        { at: directoryStart, bytes: Buffer.concat([...directory, end]) },
      ];
    },
  };
}

function localHeader(name: Buffer, size: number, sum: number): Buffer {
  const header = Buffer.alloc(localBytes);
  header.writeUInt32LE(0x04034b50, 0);
  writeCommon(header, 4, name, size, sum);
  return Buffer.concat([header, name]);
}

function centralHeader(name: Buffer, size: number, sum: number, offset: number): Buffer {
  const header = Buffer.alloc(centralBytes);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(20, 4);
  writeCommon(header, 6, name, size, sum);
  header.writeUInt32LE(offset, 42);
  return Buffer.concat([header, name]);
}

/** What both headers of a file have in the same order: version needed to the length of the name. */
function writeCommon(header: Buffer, at: number, name: Buffer, size: number, sum: number): void {
  header.writeUInt16LE(20, at);
  header.writeUInt16LE(utf8Names, at + 2);
  header.writeUInt16LE(date, at + 8);
  header.writeUInt32LE(sum, at + 10);
  header.writeUInt32LE(size, at + 14);
  header.writeUInt32LE(size, at + 18);
  header.writeUInt16LE(name.length, at + 22);
}
