export { add, copy, scale, sumOfSquares } from './basic';
export { fold } from './fold';
export { adam, rmsprop, sgd, sgdMomentum } from './optimizers';
