import { resolve } from 'node:path';

/** The bundled dataset's name. A folder of that name is `./digits`. */
export const BUNDLED = 'digits';

/** `data` as it means the same from every working directory. */
export function placedData(data: string): string {
  return data === BUNDLED ? data : resolve(data);
}
