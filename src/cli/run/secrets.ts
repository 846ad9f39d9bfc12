import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { readGivenText, UnreadableFile } from '../../shared/given-file.ts';
import { TOKEN } from '../../shared/job/options.ts';

/** A secret that may be given itself, or as a file. */
export interface Secret {
  readonly given: string | null;
  readonly file: string | null;
  /** `--token` */
  readonly flag: string;
}

/** A secret has 1024 bytes at most, and lines of nothing around it. */
const MOST_SECRET = 2 ** 16;

/**
 * The secret, from wherever it is given; null: nowhere. What is around it in a file, such as the line end of a Kubernetes Secret, is
 * none of it.
 *
 * @throws GradsocketError, which never shows it
 */
export async function secretOf({ given, file, flag }: Secret): Promise<string | null> {
  if (file === null) return given;
  if (given !== null) {
    throw new GradsocketError('SECRET_TWICE', EXIT.usage, `${flag} and ${flag}-file are both given: keep one of them.`);
  }
  const secret = (await contentOf(file, flag)).trim();
  if (TOKEN.test(secret)) return secret;
  if (secret === '') {
    throw new GradsocketError(
      'SECRET_FILE',
      EXIT.configuration,
      `${flag}-file ${file} is empty: write the secret into it.`,
    );
  }
  throw new GradsocketError(
    'SECRET_FILE',
    EXIT.configuration,
    `${flag}-file ${file}: expects 8 to 1024 visible ASCII characters without spaces, and a line end at most.`,
  );
}

async function contentOf(file: string, flag: string): Promise<string> {
  try {
    return await readGivenText(file, MOST_SECRET);
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    throw new GradsocketError(
      'SECRET_FILE',
      EXIT.configuration,
      `${flag}-file ${file} cannot be read: ${error.reason}.`,
      { cause: error },
    );
  }
}

interface Tokens {
  readonly token: string | null;
  readonly tokenFile: string | null;
}

export function tokenOf({ token, tokenFile }: Tokens): Promise<string | null> {
  return secretOf({ given: token, file: tokenFile, flag: '--token' });
}

interface MetricsTokens {
  readonly metricsToken?: string | null;
  readonly metricsTokenFile?: string | null;
}

export function metricsTokenOf({
  metricsToken = null,
  metricsTokenFile = null,
}: MetricsTokens): Promise<string | null> {
  return secretOf({ given: metricsToken, file: metricsTokenFile, flag: '--metrics-token' });
}

/** Lists of processes show the command line to every user of a machine: of one with a secret in it, only the command. */
export function hideSecrets(args: readonly string[]): void {
  if (args.some((word) => /^--(view-|metrics-)?token(=|$)/.test(word))) process.title = `gradsocket ${args[0] ?? ''}`;
}
