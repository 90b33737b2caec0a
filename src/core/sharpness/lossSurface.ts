/** The loss as a function of all parameters in one vector: what curvature and sharpness are measured on. */
export interface LossSurface {
  /** Number of parameters. */
  readonly size: number;
  /** Number of samples that the loss is the mean over. */
  readonly n: number;
  /** Mean cross-entropy in nats over all samples at `w` `[size]`; NaN or infinite where the network is. */
  loss(w: Float32Array): Promise<number>;
  lossAndGradient(w: Float32Array): Promise<{ readonly loss: number; readonly gradient: Float32Array }>;
  /** H v `[size]`, H the Hessian at `w`. */
  hessianVector(w: Float32Array, v: Float32Array): Promise<Float32Array>;
}
