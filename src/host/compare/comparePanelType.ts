/** Ids of the view in the side bar and of the editor, as package.json and the restored layout of a window know them. */
export const compareView = 'repsim.representations';
export const comparePanelType = 'repsim.compare';
