/** A file that is no image that we can take. Its message is the reason, without the path; the image is skipped and counted. */
export class BrokenImageError extends Error {
  override readonly name = 'BrokenImageError';
}
