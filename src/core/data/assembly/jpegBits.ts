/** The bits of a JPEG scan and the Huffman codes in them (T.81 annex F). Tables are as baselineStream.ts makes them. */

/** Bits of a code that one look into a table decodes; longer ones are searched by length. */
const peeked: i32 = 9;

/** The next bits, from the highest on, how many there are, and where the next word lies. */
let bits: u64 = 0;
let count: i32 = 0;
let next: i32 = 0;

// @ts-ignore: decorators of functions are AssemblyScript
@inline
export function refill(): void {
  if (count > 32) return;
  bits |= (<u64>load<u32>(next)) << <u64>(32 - count);
  next += 4;
  count += 32;
}

// @ts-ignore
@inline
function skip(n: i32): void {
  bits <<= <u64>n;
  count -= n;
}

/** The value of the next code; -1 where there is no such code. Uses up to 16 bits. */
// @ts-ignore
@inline
export function symbol(table: i32): i32 {
  const found = <i32>load<u16>(table + (<i32>(bits >> 55) << 1));
  if (found !== 0) {
    skip(found >> 8);
    return found & 255;
  }
  return longSymbol(table);
}

/** Of more than `peeked` bits. */
function longSymbol(table: i32): i32 {
  const code = <i32>(bits >> 48);
  const ends = table + (2 << peeked);
  for (let length = peeked + 1; length <= 16; length++) {
    const at = ends + ((length - peeked - 1) << 3);
    if (code >= load<i32>(at)) continue;
    const index = (code >> (16 - length)) + load<i32>(at, 4);
    skip(length);
    return <i32>load<u8>(ends + 56 + (index & 255));
  }
  return -1;
}

/** The next `size` bits as a signed value (T.81 F.2.2.1). */
// @ts-ignore
@inline
export function signed(size: i32): i32 {
  const value = <i32>(bits >> <u64>(64 - size));
  skip(size);
  return value + (((value - (1 << (size - 1))) >> 31) & ((-1 << size) + 1));
}

/** Goes on with the bits at `at`, a whole word. */
export function seek(at: i32): void {
  next = at;
  bits = 0;
  count = 0;
}

/** Whether more was taken than lies before `end`. */
export function isBeyond(end: i32): bool {
  return count < (next - end) << 3;
}
