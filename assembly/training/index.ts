export { convolve, packFilters } from './convolution';
export { filterGradient } from './filter-gradient';
export { maxPoolGradient } from './pool-gradient';
