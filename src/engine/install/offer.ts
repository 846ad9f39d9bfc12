import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathAdvice } from '../../shared/path-advice.ts';
import { badSource } from './failures.ts';
import { LIBRARIES } from './folder.ts';
import { type Pins, type Variant, type Wheel, wheelPrefix, wheelsOf } from './pins.ts';

/** What `--from` names. */
export type Offer =
  /** Wheels, one for each of `wheelsOf`, in that order. */
  | { readonly kind: 'wheels'; readonly files: readonly string[]; readonly folder: string }
  /** TensorFlow unpacked, as pip installs it or by hand. */
  | {
      readonly kind: 'unpacked';
      readonly libraries: string;
      readonly headers: string;
      /** The folder `nvidia` of CUDA's wheels; null for the CPU. */
      readonly cuda: string | null;
      readonly folder: string;
    };

export async function readOffer(path: string, variant: Variant, pins: Pins): Promise<Offer> {
  const from = resolve(path);
  const found = statSync(from, { throwIfNoEntry: false });
  if (found === undefined) throw badSource(path, `there is no such file or folder${pathAdvice(path)}`);
  if (found.isFile()) {
    const [wheel] = wheelsOf(pins, variant) as [Wheel];
    if (!from.endsWith('.whl')) throw badSource(path, 'this file is not a wheel');
    if (variant === 'gpu') throw badSource(path, 'for --gpu, give the folder that holds all the wheels');
    if (!matches(from.slice(dirname(from).length + 1), wheel)) {
      throw badSource(path, `this is not a wheel of ${wheel.name} ${wheel.version}`);
    }
    return { kind: 'wheels', files: [from], folder: dirname(from) };
  }
  if (!found.isDirectory()) throw badSource(path, 'it is neither a file nor a folder');
  return findUnpacked(from, path, variant) ?? (await findWheels(from, path, variant, pins));
}

function findUnpacked(from: string, path: string, variant: Variant): Offer | null {
  const libraries = [from, join(from, 'tensorflow'), join(from, 'lib')].find((folder) =>
    LIBRARIES.every((name) => existsSync(join(folder, name))),
  );
  if (libraries === undefined) return null;
  const headers = [join(libraries, 'include'), join(from, 'include')].find((folder) =>
    existsSync(join(folder, 'tensorflow', 'c', 'c_api.h')),
  );
  if (headers === undefined) throw badSource(path, 'the libraries are there, but not include/tensorflow/c/c_api.h');
  const cuda = [join(libraries, '..', 'nvidia'), join(from, 'nvidia')].find((folder) => existsSync(folder)) ?? null;
  if (variant === 'gpu' && cuda === null) {
    throw badSource(path, 'for --gpu, the folder nvidia with the CUDA libraries must lie beside TensorFlow');
  }
  return { kind: 'unpacked', libraries, headers, cuda: variant === 'gpu' ? cuda : null, folder: from };
}

async function findWheels(from: string, path: string, variant: Variant, pins: Pins): Promise<Offer> {
  const names = await readdir(from);
  const files = wheelsOf(pins, variant).map((wheel) => {
    const name = names.find((candidate) => matches(candidate, wheel));
    if (name === undefined) throw badSource(path, `there is no wheel of ${wheel.name} ${wheel.version} in this folder`);
    return join(from, name);
  });
  return { kind: 'wheels', files, folder: from };
}

function matches(name: string, wheel: Wheel): boolean {
  return name.startsWith(wheelPrefix(wheel)) && name.endsWith('.whl');
}
