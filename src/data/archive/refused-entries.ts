import type { GradsocketError } from '../../shared/errors.ts';
import type { Destination } from './destination.ts';

export function linkInside(name: string, to: Destination): GradsocketError {
  const why = `${name} is a link or a device, which archives of images have no need of`;
  return to.refused(why, 'Unpack it yourself, and pass the folder.');
}

/** What stands in the place of bytes that are no UTF-8: two names may have become one. */
export const LOST = '\uFFFD';

export function notUtf8(name: string, to: Destination): GradsocketError {
  const why = `it holds the name ${JSON.stringify(name)}, which is not written in UTF-8`;
  return to.refused(why, 'Unpack it yourself, and pass the folder: its names are taken as they are.');
}
