/** Operations that look at all values of a channel, or at the neighbours of a pixel; images `[3, plane]`, in place. */

/** Replaces every byte by what `make` says of it. */
export function throughTable(values: Uint8Array, make: (value: number) => number): void {
  const table = Uint8Array.from({ length: 256 }, (_, value) => make(value));
  for (let i = 0; i < values.length; i++) values[i] = table[values[i]!]!;
}

function channels(image: Uint8Array): Uint8Array[] {
  const plane = image.length / 3;
  return [0, 1, 2].map((channel) => image.subarray(channel * plane, (channel + 1) * plane));
}

/** Every channel stretched so that it goes from 0 to 255; one of a single value stays. */
export function autocontrast(image: Uint8Array): void {
  for (const channel of channels(image)) {
    let [low, high] = [255, 0];
    for (const value of channel) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (high > low) throughTable(channel, (value) => Math.round(((value - low) * 255) / (high - low)));
  }
}

/** Every channel made to have all values about equally often, by Pillow's rule. */
export function equalize(image: Uint8Array): void {
  for (const channel of channels(image)) {
    const counts = new Float64Array(256);
    for (const value of channel) counts[value]!++;
    const highest = counts.findLastIndex((count) => count > 0);
    const step = Math.floor((channel.length - counts[highest]!) / 255);
    if (step === 0) continue;
    const table = new Uint8Array(256);
    let below = Math.floor(step / 2);
    for (let value = 0; value < 256; value++) {
      table[value] = Math.min(255, Math.floor(below / step));
      below += counts[value]!;
    }
    throughTable(channel, (value) => table[value]!);
  }
}

/** Weight of the pixel itself in the smoothed image; its eight neighbours weigh 1 each. */
const centreWeight = 5;

/** Away from the image smoothed over 3 x 3 (amount > 1) or towards it; the outermost pixels stay. */
export function sharpen(image: Uint8Array, width: number, amount: number): void {
  const height = image.length / 3 / width;
  for (const channel of channels(image)) {
    const given = channel.slice();
    for (let y = 1; y < height - 1; y++) {
      for (let x = 1; x < width - 1; x++) {
        const at = y * width + x;
        let sum = (centreWeight - 1) * given[at]!;
        for (let row = at - width; row <= at + width; row += width) {
          sum += given[row - 1]! + given[row]! + given[row + 1]!;
        }
        const smooth = Math.round(sum / (centreWeight + 8));
        channel[at] = Math.max(0, Math.min(255, Math.round(smooth + amount * (given[at]! - smooth))));
      }
    }
  }
}
