/**
 * What core says in words that are known beforehand: the stages of its work. Core says them in English, to the terminal too; the
 * editor and the panels say them in the language of the person, by looking them up here.
 */

/** `{0}` and the like stand for what differs. Held against the sources of core by a test. */
export const stageSentences = [
  'Checking that results repeat',
  'Checking {0}',
  'Comparing the images',
  'Comparing the layers',
  'Comparing the layers: {0}',
  'Compiling the native module',
  'Compiling the network',
  'Computing the loss landscape',
  'Computing the representations',
  'Downloading {0}',
  'Eigenvectors of model {0}',
  'Epoch {0} of {1}',
  'Listing images',
  'Looking for TensorFlow',
  'Measuring on the test images',
  'Measuring sharpness on {0} images',
  'Measuring the old task',
  'Measuring the sharpness on held-out images',
  'Measuring the sharpness on training images',
  'Measuring the similarity of every layer',
  'Reading data',
  'Reading images',
  'Reading tensors',
  'Reading the checkpoint and the data',
  'Reading the model and the images',
  'Reading the run',
  'Reading what is compared',
  'Trying {0}',
  'Unpacking {0}',
] as const;

const patterns = stageSentences.map((sentence) => {
  const literal = sentence.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
  return { sentence, pattern: new RegExp(`^${literal.replace(/\{\d\}/g, '(.+)')}$`, 's') };
});

/** The sentence that a stage is, with what stands in its places; undefined for one that is not known. */
export function sentenceOf(stage: string): { sentence: string; values: string[] } | undefined {
  for (const { sentence, pattern } of patterns) {
    const found = pattern.exec(stage);
    if (found) return { sentence, values: found.slice(1) };
  }
  return undefined;
}
