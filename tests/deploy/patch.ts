/** What kustomize merges lists by, where it does. All other lists are replaced as a whole. */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  containers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
};

type Value = unknown;
type Fields = Readonly<Record<string, Value>>;

/** The strategic merge patch that makes `after` of `before`; undefined: they are alike. */
export function patchOf(before: Value, after: Value, key = ''): Value {
  if (isFields(before) && isFields(after)) return fieldsPatch(before, after);
  const mergeKey = MERGE_KEYS[key];
  if (mergeKey !== undefined && Array.isArray(before) && Array.isArray(after))
    return listPatch(before, after, mergeKey);
  return JSON.stringify(before) === JSON.stringify(after) ? undefined : after;
}

function fieldsPatch(before: Fields, after: Fields): Fields | undefined {
  const changes: [string, Value][] = [];
  for (const [key, value] of Object.entries(after)) {
    const change = key in before ? patchOf(before[key], value, key) : value;
    if (change !== undefined) changes.push([key, change]);
  }
  // null takes a field away.
  for (const key of Object.keys(before)) if (!(key in after)) changes.push([key, null]);
  return changes.length === 0 ? undefined : Object.fromEntries(changes);
}

function listPatch(before: readonly Fields[], after: readonly Fields[], key: string): readonly Fields[] | undefined {
  const changes: Fields[] = [];
  for (const item of after) {
    const old = before.find((one) => one[key] === item[key]);
    const change = old === undefined ? item : fieldsPatch(old, item);
    if (change !== undefined) changes.push({ [key]: item[key], ...change });
  }
  for (const item of before) {
    if (!after.some((one) => one[key] === item[key])) changes.push({ $patch: 'delete', [key]: item[key] });
  }
  return changes.length === 0 ? undefined : changes;
}

function isFields(value: Value): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
