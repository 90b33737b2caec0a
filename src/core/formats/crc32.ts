/** CRC-32 as zip archives have it (ISO 3309, reflected polynomial 0xedb88320). Node has its own only since 20.15. */

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  }
  return remainder;
});

export class Crc32 {
  private state = 0xffffffff;

  update(bytes: Uint8Array): void {
    let state = this.state;
    for (let i = 0; i < bytes.length; i++) state = (state >>> 8) ^ table[(state ^ bytes[i]!) & 0xff]!;
    this.state = state;
  }

  /** Of everything given so far. */
  get value(): number {
    return (this.state ^ 0xffffffff) >>> 0;
  }
}
