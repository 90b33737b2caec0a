/**
 * Operations on the colours of an image `[3, plane]`, in place. They are torchvision's of the same names on uint8 tensors, but rounded
 * to the nearest byte where torchvision cuts off what is behind the point.
 */
import type { ColourStep } from './plan';
import { autocontrast, equalize, sharpen, throughTable } from './tone';

/** Weights of red, green and blue in gray (ITU-R BT.601, as torchvision has them). */
const [redWeight, greenWeight, blueWeight] = [0.2989, 0.587, 0.114];

const byte = (value: number): number => Math.max(0, Math.min(255, Math.round(value)));

/** `width`: of the image, in pixels. */
export function applyColour(image: Uint8Array, width: number, { kind, amount }: ColourStep): void {
  switch (kind) {
    case 'brightness':
      throughTable(image, (value) => byte(amount * value));
      break;
    case 'contrast': {
      const mean = meanGray(image);
      throughTable(image, (value) => byte(mean + amount * (value - mean)));
      break;
    }
    case 'saturation':
      saturate(image, amount);
      break;
    case 'hue':
      turnHue(image, amount);
      break;
    case 'sharpness':
      sharpen(image, width, amount);
      break;
    case 'posterize':
      throughTable(image, (value) => value & (256 - 2 ** (8 - amount)));
      break;
    case 'solarize':
      throughTable(image, (value) => (value >= amount ? 255 - value : value));
      break;
    case 'autocontrast':
      autocontrast(image);
      break;
    case 'equalize':
      equalize(image);
      break;
  }
}

function meanGray(image: Uint8Array): number {
  const plane = image.length / 3;
  const sums = [0, 1, 2].map((channel) => {
    let sum = 0;
    for (let i = channel * plane; i < (channel + 1) * plane; i++) sum += image[i]!;
    return sum / plane;
  });
  return redWeight * sums[0]! + greenWeight * sums[1]! + blueWeight * sums[2]!;
}

/** Away from the gray of each pixel (amount > 1) or towards it. */
function saturate(image: Uint8Array, amount: number): void {
  const plane = image.length / 3;
  const out = clamped(image);
  for (let i = 0; i < plane; i++) {
    const red = image[i]!;
    const green = image[plane + i]!;
    const blue = image[2 * plane + i]!;
    const kept = (1 - amount) * (redWeight * red + greenWeight * green + blueWeight * blue);
    out[i] = kept + amount * red;
    out[plane + i] = kept + amount * green;
    out[2 * plane + i] = kept + amount * blue;
  }
}

/** Turns the hue by `amount` of the colour circle (-0.5 to 0.5) with saturation and value of HSV as they are. */
function turnHue(image: Uint8Array, amount: number): void {
  const plane = image.length / 3;
  const out = clamped(image);
  for (let i = 0; i < plane; i++) {
    const red = image[i]!;
    const green = image[plane + i]!;
    const blue = image[2 * plane + i]!;
    const value = Math.max(red, green, blue);
    const chroma = value - Math.min(red, green, blue);
    if (chroma === 0) continue;
    // In sixths of the circle, from red.
    let hue = 6 * amount;
    if (value === red) hue += (green - blue) / chroma;
    else if (value === green) hue += 2 + (blue - red) / chroma;
    else hue += 4 + (red - green) / chroma;
    if (hue < 0) hue += 6;
    else if (hue >= 6) hue -= 6;
    out[i] = component(hue + 5, value, chroma);
    out[plane + i] = component(hue + 3, value, chroma);
    out[2 * plane + i] = component(hue + 1, value, chroma);
  }
}

/** f(n) of the closed form of HSV to RGB: value - chroma * max(0, min(k, 4 - k, 1)), k = (n + hue) mod 6. */
function component(place: number, value: number, chroma: number): number {
  const k = place >= 6 ? place - 6 : place;
  return value - chroma * Math.max(0, Math.min(k, 4 - k, 1));
}

/** The same bytes: what is written is rounded to the nearest, and cut at 0 and 255. */
function clamped({ buffer, byteOffset, length }: Uint8Array): Uint8ClampedArray {
  return new Uint8ClampedArray(buffer, byteOffset, length);
}
