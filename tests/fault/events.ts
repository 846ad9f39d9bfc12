/** Whether a line of `--json` is about an event of this type. */
export function isEvent(type: string): (line: string) => boolean {
  return (line) => (JSON.parse(line) as { readonly type: string }).type === type;
}
