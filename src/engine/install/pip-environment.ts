/**
 * The environment for a pip that only fetches. Where it fetches from is the user's to say; what the user wants of installations into
 * Python would stop it, though nothing is installed there, and files are held to digests of our own.
 */
export function pipEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...env,
    PIP_REQUIRE_VIRTUALENV: '0',
    PIP_REQUIRE_HASHES: '0',
    PIP_CONSTRAINT: '/dev/null',
    // A `random.py` in the current folder is none of Python's.
    PYTHONSAFEPATH: '1',
  };
}
