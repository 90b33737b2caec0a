/** What a data set asks of a classifier, in the words of MedMNIST. */

/**
 * `binary-class`, `multi-class`: every image is of one class. `ordinal-regression`: so too, and the classes are levels in order.
 * `multi-label`: every image has any number of the labels.
 */
export const tasks = ['binary-class', 'multi-class', 'multi-label', 'ordinal-regression'] as const;
export type Task = (typeof tasks)[number];
