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
  for (let i = 0; i < plane; i++) {
    const [red, green, blue] = [image[i]!, image[plane + i]!, image[2 * plane + i]!];
    const gray = redWeight * red + greenWeight * green + blueWeight * blue;
    image[i] = byte(gray + amount * (red - gray));
    image[plane + i] = byte(gray + amount * (green - gray));
    image[2 * plane + i] = byte(gray + amount * (blue - gray));
  }
}

/** Turns the hue by `amount` of the colour circle (-0.5 to 0.5) with saturation and value of HSV as they are. */
function turnHue(image: Uint8Array, amount: number): void {
  const plane = image.length / 3;
  for (let i = 0; i < plane; i++) {
    const [red, green, blue] = [image[i]!, image[plane + i]!, image[2 * plane + i]!];
    const value = Math.max(red, green, blue);
    const chroma = value - Math.min(red, green, blue);
    if (chroma === 0) continue;
    // The hue in sixths of the circle, from red.
    let hue: number;
    if (value === red) hue = (green - blue) / chroma;
    else if (value === green) hue = 2 + (blue - red) / chroma;
    else hue = 4 + (red - green) / chroma;
    const turned = hue + 6 * amount + 12;
    image[i] = byte(component(turned + 5, value, chroma));
    image[plane + i] = byte(component(turned + 3, value, chroma));
    image[2 * plane + i] = byte(component(turned + 1, value, chroma));
  }
}

/** f(n) of the closed form of HSV to RGB: value - chroma * max(0, min(k, 4 - k, 1)), k = (n + hue) mod 6. */
function component(place: number, value: number, chroma: number): number {
  const k = place % 6;
  return value - chroma * Math.max(0, Math.min(k, 4 - k, 1));
}
