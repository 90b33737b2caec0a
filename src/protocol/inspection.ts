/** What `repsim dataset inspect` and the preview of data tell about a data set before anything is trained on it. */
import * as z from 'zod';
import { tasks } from './tasks';

const splitName = z.enum(['train', 'val', 'test']);
const count = z.number().int().min(0);

/** Where an image is: its file, with the slice of a volume, or its number in an array. */
const imagePlace = z.object({ split: splitName, path: z.string(), classes: z.array(count) });

export const inspection = z.object({
  path: z.string(),
  kind: z.enum(['npz', 'csv', 'folder']),
  task: z.enum(tasks),
  /** In index order; of several labels an image the labels. */
  classes: z.array(z.string()),
  splits: z.array(
    z.object({
      name: splitName,
      images: count,
      /** Images of each class, or with each label. */
      classCounts: z.array(count),
      /** Drawn by the seed, because the data does not make this split. */
      drawn: z.boolean(),
    }),
  ),
  /** What images of one volume, patient or folder are kept together by; the number of such groups. */
  groups: z.object({ by: z.string().nullable(), count }).nullable(),
  formats: z.array(z.object({ format: z.string(), images: count })),
  /** Channels and bits a channel as the files keep them. */
  depths: z.array(z.object({ channels: count, bits: count, images: count })),
  /** Gray images of over 8 bits that look black, because their values fill a small part of their range. */
  dark: count,
  sizes: z.object({
    smallest: z.object({ width: count, height: count }),
    largest: z.object({ width: count, height: count }),
    /** Number of different sizes, and the most frequent of them. */
    different: count,
    common: z.array(z.object({ width: count, height: count, images: count })),
  }),
  /** Images that cannot be read; the first of them with the reason. */
  skipped: z.object({ count, first: z.array(z.object({ path: z.string(), reason: z.string() })) }),
  /** Files that are no images by their name. */
  ignored: count,
  /** Images with the same pixels. */
  duplicates: z.object({
    /** Images that another one of the same split equals already. */
    within: count,
    /** Images of `val` and `test` that one of an earlier split equals: a model has seen them. */
    across: count,
    /** Sets of equal images whose labels differ. */
    contradictory: count,
    /** The first such sets: contradictory ones before those across splits before others. */
    first: z.array(z.array(imagePlace)),
  }),
  fingerprint: z.string(),
  /** What the checkpoint asks for; null where none was named. */
  preprocessing: z
    .object({
      checkpoint: z.string(),
      steps: z.array(z.string()),
      input: z.object({ width: count, height: count }),
    })
    .nullable(),
  /** What MedMNIST says of the set, where it is one by its name. */
  medmnist: z.object({ name: z.string(), license: z.string(), classes: z.array(z.string()) }).nullable(),
});
export type Inspection = z.output<typeof inspection>;

/** An image as the network sees it, before its values are normalised. */
export const inspectionExample = imagePlace.extend({
  /** RGB bytes `[height, width, 3]` of `preprocessing.input`, base64. */
  pixels: z.string(),
});
export type InspectionExample = z.output<typeof inspectionExample>;
