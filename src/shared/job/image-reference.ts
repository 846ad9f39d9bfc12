/**
 * Which names container images may have, as registries and Kubernetes read them: the grammar of the OCI distribution's reference
 * package. A first part is a host where it has a dot, a port or a capital letter, or is localhost; else it is a part of the path.
 */
const COMPONENT = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const DOMAIN = String.raw`(?:${COMPONENT}(?:\.${COMPONENT})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?`;
const PATH_PART = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const PATH = String.raw`${PATH_PART}(?:/${PATH_PART})*`;
const TAG = String.raw`\w[\w.-]{0,127}`;
/** Of the algorithms that there are, with as many digits as each has. */
const DIGEST = 'sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}';
const REFERENCE = new RegExp(`^(?:(${DOMAIN})/)?(${PATH})(?::${TAG})?(?:@(?:${DIGEST}))?$`);
/** Of the path alone. */
const MOST_PATH = 255;

export function isImageReference(text: string): boolean {
  const [, domain, path] = REFERENCE.exec(text) ?? [];
  if (path === undefined || path.length > MOST_PATH) return false;
  // A digest alone is none of an image's names.
  if (domain === undefined) return !/^[a-f0-9]{64}$/.test(text);
  return /[.:A-Z]/.test(domain) || domain === 'localhost' || `${domain}/${path}`.length <= MOST_PATH;
}
