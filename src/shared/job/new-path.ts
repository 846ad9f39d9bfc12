import { z } from 'zod';
import { newPathAdvice } from '../path-advice.ts';

/** Where something is to be made: a path that no shell has left anything in. */
export function newPath(expects = 'a path', pattern = /./s) {
  return z
    .string()
    .regex(pattern)
    .refine((path) => newPathAdvice(path) === null)
    .meta({ expects, isPath: true });
}

export const newPicture = () => newPath('a path that ends in .png', /\.png$/i);
