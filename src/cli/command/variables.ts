import { flagMeant } from '../../shared/job/meaning.ts';
import { nearestName } from '../../shared/nearest.ts';
import { FORMER_VARIABLES } from '../../shared/job/flag-name.ts';

const PREFIX = 'GRADSOCKET_';

/** Those that are no settings. */
const BESIDE: readonly string[] = [
  ...FORMER_VARIABLES.map((name) => name.slice('GRADSOCKET_'.length)),
  'CACHE',
  'REHEARSAL',
  'FAULT',
  'BENCH_PYTHON',
  'WITHOUT_TENSORFLOW',
];

/**
 * Kubernetes tells every container of the services around it, as Docker did of links: for one called gradsocket, or gradsocket-data,
 * GRADSOCKET_PORT=tcp://10.0.0.1:7070, GRADSOCKET_DATA_SERVICE_HOST, GRADSOCKET_PORT_7070_TCP_ADDR and their like.
 */
const OF_A_SERVICE =
  /^(?:[A-Z0-9_]+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;
const ADDRESS_OF_A_SERVICE = /^(?:[A-Z0-9_]+_)?PORT$/;

/**
 * Sentences on variables that look like settings and are none. Values are not in them: one may be a secret. `settings`: names of
 * all flags, called only where it is needed.
 */
export function unknownVariables(
  environment: Readonly<Record<string, string | undefined>>,
  settings: () => readonly string[],
): readonly string[] {
  const given = Object.keys(environment).filter((name) => name.toUpperCase().startsWith(PREFIX));
  const asked = given.filter((name) => !isOfService(name.slice(PREFIX.length), environment[name] ?? ''));
  if (asked.every((name) => isBeside(name))) return [];
  const flags = settings();
  const known = flags.map((flag) => flag.replaceAll('-', '_').toUpperCase());
  return asked.flatMap((name) => {
    if (isBeside(name) || known.some((word) => name === `${PREFIX}${word}`)) return [];
    // As it would be written: `GRADSOCKET_batch-size`.
    const word = name.slice(PREFIX.length).replaceAll('-', '_').toUpperCase();
    const meant = flagMeant(word, flags);
    const ours = meant !== null && 'is' in meant ? meant.is.replaceAll('-', '_').toUpperCase() : null;
    const near = ours ?? nearestName(word, [...known, ...BESIDE]);
    const advice = near === null ? 'docs/flags.md lists those that there are.' : `Did you mean ${PREFIX}${near}?`;
    return [`${name} is no setting and has no effect. ${advice}`];
  });
}

function isBeside(name: string): boolean {
  const word = name.slice(PREFIX.length);
  return name.startsWith(PREFIX) && (BESIDE.includes(word) || word.startsWith('FAULT_'));
}

function isOfService(word: string, value: string): boolean {
  return OF_A_SERVICE.test(word) || (ADDRESS_OF_A_SERVICE.test(word) && /^(?:tcp|udp|sctp):\/\//.test(value));
}
