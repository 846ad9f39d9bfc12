export { addBfloat16, foldBfloat16, narrow, widen } from './bfloat16';
export { add, copy, scale, sumOfSquares } from './basic';
export { fold } from './fold';
export { adam, rmsprop, sgd, sgdMomentum } from './optimizers';
