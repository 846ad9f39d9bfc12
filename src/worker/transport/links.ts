import { EXIT, GradsocketError } from '../../shared/errors.ts';
import type { Kernels } from '../../shared/kernels/kernels.ts';
import type { LinkServer } from '../../shared/link/link-server.ts';
import type { ConnectGroup } from './group.ts';

export interface LinksOptions {
  readonly kernels: Kernels;
  /** On which peers of a mesh call; null: none can. */
  readonly listener: LinkServer | null;
  /** For the star. */
  readonly coordinator: string;
  readonly token: string | null;
}

/** Makes the links of a generation, mesh or star, and the all-reduce over them. */
export function connectGroup(_options: LinksOptions): ConnectGroup {
  return async ({ topology }) => {
    throw new GradsocketError('NO_LINKS', EXIT.internal, `There is no ${topology} between workers yet.`);
  };
}
