/** What the numbers of a report mean and what they do not: text that goes with every report. */

export const definitions: readonly (readonly [term: string, meaning: string])[] = [
  [
    'Similarity (debiased linear CKA)',
    'Centred kernel alignment between the representations of the same images in the finetuned and in the pretrained model, with the unbiased estimate of HSIC by Song et al. 1 means the same up to rotation and scale, 0 what independent representations give; a value a little below 0 is possible. Drift is 1 − similarity. The curves are measured on validation images, the table on test images.',
  ],
  [
    'Layers',
    'block.0, block.1, … are the outputs of the blocks; final is the pooled embedding that the head reads.',
  ],
  [
    'SAM worst case',
    'The largest rise of the mean cross-entropy that was found within a ball of radius ρ = 0.05 around the weights, by 5 steps of ascent, the best so far kept.',
  ],
  [
    'Largest and smallest Hessian eigenvalue',
    'Ends of the spectrum of the second derivative of the mean cross-entropy, by Lanczos iteration with full reorthogonalisation. A negative smallest value means that the weights are no minimum of this loss.',
  ],
  [
    'Held-out and training',
    'Held-out figures are measured on images that the model was not trained on. On its training images a model can drive the loss, and every curvature with it, to zero: the two are shown side by side for that reason.',
  ],
  [
    'Several labels an image',
    'Where an image has any number of labels, each is told by itself, present above a probability of one half: accuracy is the part of all labels that is right, the loss the binary cross-entropy, mean over the labels. It is also the loss whose sharpness is given.',
  ],
  [
    'Balanced accuracy',
    'Mean over the classes of the part of each class that was recognised; of several labels an image, mean over the labels of the two parts, present and absent, that were.',
  ],
  [
    'AUC',
    'Area under the receiver operating characteristic, one class against the rest, mean over the classes; of several labels an image, mean over the labels.',
  ],
  ['ECE', 'Expected calibration error: how far the confidence is from the accuracy.'],
  [
    'k-NN on the old task',
    'Accuracy of nearest neighbours in the final embedding on data of the pretraining task, before and after finetuning: how much of the old ability is left.',
  ],
];

export const limits: readonly string[] = [
  'RepSim here is a reconstruction from the abstract of arXiv 2503.07399 and from summaries: the loss, its weights and its settings are not known to be those of the authors, and these figures are not a replication of theirs.',
  'One run each says nothing about the spread over seeds. A difference of one point of accuracy on a few hundred images is within chance.',
  'A relative change of sharpness may not be quoted where the held-out loss is near zero or where the losses of the two models differ by more than a factor of two, and never without saying held-out or training.',
  'A relative change of similarity is large where the base is small: quote the two values beside it.',
  'Data sets bundled with RepSim come from single subjects or slides and say nothing about patients.',
];
