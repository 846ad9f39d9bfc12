import { EXIT, type ExitCode } from '../errors.ts';

/** From where a setting comes. */
export type SettingSource =
  | { readonly from: 'call' }
  | { readonly from: 'flag' }
  | { readonly from: 'environment'; readonly variable: string }
  | { readonly from: 'config'; readonly file: string; readonly line: number }
  | { readonly from: 'default' };

/** A mistake on the command line is wrong usage, one in a file or the environment wrong configuration. */
export function exitCodeOf(source: SettingSource | undefined): ExitCode {
  return source?.from === 'environment' || source?.from === 'config' ? EXIT.configuration : EXIT.usage;
}
