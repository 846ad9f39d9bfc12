export { addBfloat16, narrow, widen } from './bfloat16';
export { add, copy, scale, sumOfSquares } from './basic';
export { fold, foldBfloat16 } from './fold';
export { adam, rmsprop, sgd, sgdMomentum } from './optimizers';
