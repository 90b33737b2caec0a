/** How data is read that leaves a choice: the same words for every job, the command line and `repsim.json`. */
import * as z from 'zod';
import { tasks } from './tasks';

export const volumeAxes = ['axial', 'coronal', 'sagittal'] as const;
export type VolumeAxis = (typeof volumeAxes)[number];

/** Properties of a job's settings, to be spread into its schema. */
export const dataSettings = {
  task: z
    .enum(tasks)
    .optional()
    .describe(
      'What the labels are, in the words of MedMNIST. Default: what they look like; ordinal-regression only for RetinaMNIST.',
    ),
  groupBy: z
    .string()
    .min(1)
    .optional()
    .describe(
      'What must not be on both sides of a split that is drawn: a column of the CSV such as "patient", or "folder" for the folders inside the class folders. Default: a volume or series alone is a group.',
    ),
  pathColumn: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The column of a CSV that names the files of the images. Default: "path", or what such a column is often called, such as "image" or "image_id".',
    ),
  labelColumns: z
    .array(z.string().min(1))
    .min(1)
    .max(10_000)
    .optional()
    .describe(
      'The column of a CSV with the class, or the columns of 0 and 1 for several labels. Default: "label", or what it is often called, such as "class", "target" or "diagnosis"; without one every column that is nothing else.',
    ),
  slices: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe(
      'How many of the middle slices of a volume, series, multi-frame or multi-page file become images. Default: 1.',
    ),
  axis: z
    .enum(volumeAxes)
    .optional()
    .describe(
      'Direction in which volumes are cut: NIfTI by its affine, arrays along their first, second or third axis. Default: axial.',
    ),
  window: z
    .tuple([z.number(), z.number().positive()])
    .optional()
    .describe(
      "Centre and width of the grey values shown, in the file's unit, such as [40, 400] for soft tissue in CT. Default: the window that a DICOM or NIfTI file names, else its range; of 16-bit images the whole range of 16 bits.",
    ),
};

const schema = z.object(dataSettings);
export type DataSettings = z.output<typeof schema>;

/** Only the choices about data out of larger settings. */
export function dataSettingsOf(settings: DataSettings): DataSettings {
  const { task, pathColumn, labelColumns, groupBy, slices, axis, window } = settings;
  return {
    ...(pathColumn !== undefined && { pathColumn }),
    ...(labelColumns !== undefined && { labelColumns }),
    ...(task !== undefined && { task }),
    ...(groupBy !== undefined && { groupBy }),
    ...(slices !== undefined && { slices }),
    ...(axis !== undefined && { axis }),
    ...(window !== undefined && { window }),
  };
}
