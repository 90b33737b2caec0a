/** What the values of settings mean that are chosen from a list, for the hover and the completion in `repsim.json`. */

export const settingDocs: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  method: {
    full: 'All weights are trained and nothing is kept: what the other methods are compared with.',
    linear: 'Only the head is trained: the representation stays as it is.',
    repsim:
      'All weights are trained, and the representation is kept as near to the pretrained one as lambda says.',
  },
  objective: {
    feature: 'The features of an image are matched, after the best rotation.',
    covariance: 'The covariance of the features is matched, for which no rotation is needed.',
  },
  rotation: {
    learned: 'Trained with the weights.',
    'closed-form': 'Solved in every batch (orthogonal Procrustes).',
    identity: 'None: features have to stay where they are.',
  },
  layers: {
    final: 'The embedding that the head reads.',
    all: 'Every block, and the embedding that the head reads.',
  },
  task: {
    'binary-class': 'One of two classes an image.',
    'multi-class': 'One of several classes an image.',
    'multi-label': 'Any number of labels an image.',
    'ordinal-regression': 'One of several levels an image, which have an order.',
  },
  classWeights: {
    none: 'Every image counts the same.',
    balanced: 'Images of rare classes count more.',
  },
  sampling: {
    shuffle: 'Every image once an epoch, in a new order.',
    balanced: 'Every class equally often: images of rare classes come again.',
  },
  augment: {
    none: 'Images are seen as they are.',
    flip: 'Mirrored left to right, every second time.',
    'flip-crop': 'Mirrored every second time, and shifted by up to an eighth.',
    medical:
      'Mirrored left to right, turned by up to 10 degrees, cropped, brightness and contrast changed by a tenth.',
    microscopy: 'Mirrored both ways, quarter turns, cropped, colours changed.',
    randaugment: 'Mirrored, and two random operations of strength 9.',
  },
  axis: {
    axial: 'From the feet to the head.',
    coronal: 'From the front to the back.',
    sagittal: 'From the one side to the other.',
  },
  runtime: {
    auto: 'The fastest that works on this machine.',
    'onnx-cpu': 'ONNX Runtime on the CPU; bundled.',
    'onnx-webgpu': 'ONNX Runtime on any GPU through WebGPU; bundled.',
    'onnx-cuda': 'ONNX Runtime on an NVIDIA GPU, where its CUDA libraries are installed.',
    tensorflow: 'TensorFlow, where its package for Node is installed.',
    reference: 'TensorFlow.js in plain JavaScript: slow, for checking the others.',
  },
};
