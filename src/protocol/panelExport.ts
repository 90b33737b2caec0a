/** What a panel hands to the host to be saved: pictures and tables of what it shows. */
import * as z from 'zod';

export const exportFormats = ['svg', 'png', 'csv', 'json'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** The host asks where to and writes it. */
export const saveMessage = z.object({
  type: z.literal('save'),
  format: z.enum(exportFormats),
  content: z.string().max(64 * 1024 * 1024),
  /** Whether `content` is base64 of the bytes, else it is text. */
  base64: z.boolean(),
});
export type SaveMessage = z.output<typeof saveMessage>;
