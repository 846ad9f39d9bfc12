// @ts-check
// What kept `npm install` from ending well, from its `--json`, as one sentence that says what to do.

/** No connection, a wrong name or proxy, or somebody in between whose certificate is not known. */
const UNREACHED =
  /^(ECONN\w+|ENOTFOUND|EAI_\w+|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|EPROTO|ERR_\w*TIMEOUT|ERR_INVALID_URL|ERR_SSL_\w+|EINVALIDPROXY|\w*CERT\w*|UNABLE_TO_\w+|E407)$/;
/** It answers, but not with packages. */
const REFUSED = /^E(40[13]|5\d\d)$/;
const UNWRITABLE = /^(EACCES|EPERM|EROFS)$/;

/** @param {string} output what npm printed */
export function installFailure(output) {
  const { code, summary } = errorIn(output);
  if (code === '') {
    return 'The dependencies could not be installed, and npm does not say why, as where a disk is full: see to that of this folder and of its cache (npm config get cache).';
  }
  const reason = summary.replace(/\n[^]*/, '').replace(/^\w*Error: /, '');
  if (code === 'ENOSPC') {
    return `There is no room for the dependencies, which take about 1 GB: ${reason}. Free some, or name another folder for npm's cache in npm_config_cache.`;
  }
  if (UNWRITABLE.test(code)) {
    return `The dependencies could not be written: ${reason}. This folder and npm's cache (npm config get cache) must be yours to write to.`;
  }
  if (UNREACHED.test(code) || REFUSED.test(code)) {
    return `The dependencies could not be fetched: ${reason}. This takes npm's registry once: see to the network, or to what npm is told of registry, proxy and certificates (npm config list).`;
  }
  return `The dependencies could not be installed: ${reason}. \`npm install\` says more.`;
}

/** Whether nobody answered. @param {string} output what npm printed */
export function isUnreached(output) {
  return UNREACHED.test(errorIn(output).code);
}

/** @param {string} output @returns {{ code: string, summary: string }} */
function errorIn(output) {
  try {
    return { code: '', summary: '', ...JSON.parse(output).error };
  } catch {
    return { code: '', summary: '' };
  }
}
