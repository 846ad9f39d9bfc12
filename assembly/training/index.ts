export { activationGradient } from './activation-gradient';
export { batchNorm, batchNormGradient, batchNormInference, batchNormInferenceGradient } from './batch-norm';
export { channelSums } from './channels';
export { convolve, packFilters } from './convolution';
export { filterGradient } from './filter-gradient';
export { maxPoolGradient } from './pool-gradient';
