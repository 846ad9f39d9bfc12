import { resolve } from 'node:path';

/** `https://...`, which is no path. */
export const ADDRESS = /^[a-z][a-z0-9+.-]+:\/\//i;

/** The bundled dataset's name. A folder of that name is `./digits`. */
export const BUNDLED = 'digits';

/** `data` as it means the same from every working directory. */
export function placedData(data: string): string {
  return data === BUNDLED || ADDRESS.test(data) ? data : resolve(data);
}
