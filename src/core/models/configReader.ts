/** Reads members of a model's `config.json`: untrusted values, bounded, with errors that name file, key and value. */
import { UserError } from '../errors';
import type { JsonFile } from '../formats/jsonFile';
import type { JsonValue } from '../formats/strictJson';
import type { Channels } from './images';

export class ConfigReader {
  constructor(readonly file: JsonFile) {}

  /** An integer of `minimum`..`maximum`; `fallback` where the key is missing or null. */
  integer(key: string, fallback: number, minimum: number, maximum: number): number {
    const value = this.file.value[key] ?? fallback;
    if (!Number.isInteger(value) || (value as number) < minimum || (value as number) > maximum) {
      this.fail(key, value, `an integer from ${minimum} to ${maximum}`);
    }
    return value as number;
  }

  /** One to `mostItems` integers, each `minimum`..`maximum`. */
  integers(
    key: string,
    fallback: readonly number[],
    minimum: number,
    maximum: number,
    mostItems: number,
  ): readonly number[] {
    const value = this.file.value[key] ?? fallback;
    const fits = (item: unknown) =>
      Number.isInteger(item) && (item as number) >= minimum && (item as number) <= maximum;
    if (!Array.isArray(value) || value.length < 1 || value.length > mostItems || !value.every(fits)) {
      this.fail(
        key,
        value as JsonValue,
        `a list of 1 to ${mostItems} integers, each from ${minimum} to ${maximum}`,
      );
    }
    return value as readonly number[];
  }

  /** A number above 0 and at most `maximum`. */
  positive(key: string, fallback: number, maximum: number): number {
    const value = this.file.value[key] ?? fallback;
    if (typeof value !== 'number' || !(value > 0 && value <= maximum)) {
      this.fail(key, value, `a number above 0 and at most ${maximum}`);
    }
    return value as number;
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.file.value[key] ?? fallback;
    if (typeof value !== 'boolean') this.fail(key, value, 'true or false');
    return value as boolean;
  }

  oneOf<T extends string>(key: string, fallback: T, choices: readonly T[]): T {
    const value = this.file.value[key] ?? fallback;
    if (!choices.some((choice) => choice === value)) this.fail(key, value, `one of ${choices.join(', ')}`);
    return value as T;
  }

  /** One number for both sides or [height, width], each 1..maximum. */
  size(key: string, fallback: number, maximum: number): { height: number; width: number } {
    const value = this.file.value[key] ?? fallback;
    const [height, width] = Array.isArray(value) && value.length === 2 ? value : [value, value];
    for (const side of [height, width]) {
      if (!Number.isInteger(side) || (side as number) < 1 || (side as number) > maximum) {
        this.fail(key, value, `a size of 1 to ${maximum} pixels, one number or [height, width]`);
      }
    }
    return { height: height as number, width: width as number };
  }

  /** `num_channels` of transformers. */
  colours(): Channels {
    const value = this.file.value.num_channels ?? 3;
    return value === 1 || value === 3 ? value : this.fail('num_channels', value, '3, or 1 for gray images');
  }

  /** Numbers above `minimum`, one for each colour, or one for a network of gray images. */
  channels(
    key: string,
    fallback: readonly [number, number, number],
    minimum = Number.NEGATIVE_INFINITY,
  ): readonly [number, number, number] {
    const value = this.file.value[key] ?? fallback;
    const above = (item: JsonValue): boolean =>
      typeof item === 'number' && Number.isFinite(item) && item > minimum;
    const valid = Array.isArray(value) && (value.length === 3 || value.length === 1) && value.every(above);
    if (!valid) {
      this.fail(key, value as JsonValue, minimum === 0 ? 'three numbers above 0' : 'three numbers');
    }
    const [red, green = red, blue = red] = value as unknown as readonly [number, number?, number?];
    return [red, green, blue];
  }

  fail(key: string, value: JsonValue, wanted: string): never {
    const text = JSON.stringify(value);
    const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
    throw new UserError(`${this.file.path}: ${key} is ${shown} but must be ${wanted}.`);
  }
}
