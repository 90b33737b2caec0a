/** `about.json` in a run folder: what people say of the run. It lies with the run, so that it travels and survives with it. */
import * as z from 'zod';

export const aboutFile = 'about.json';

export const longestRunName = 120;
export const longestNote = 10_000;

export const runAbout = z.object({
  format: z.literal(1),
  name: z
    .string()
    .min(1)
    .max(longestRunName)
    .optional()
    .describe('Instead of the name made of method and data.'),
  note: z.string().min(1).max(longestNote).optional(),
  starred: z.boolean().optional(),
});
export type RunAbout = z.output<typeof runAbout>;
