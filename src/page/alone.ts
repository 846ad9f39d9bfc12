/** Places of the values that have none beside them: these are no line, and would not be seen. */
export function aloneIn(column: ArrayLike<number | null | undefined>): number[] {
  const own = Array.from(column).flatMap((value, index) => (value === undefined ? [] : [{ value, index }]));
  return own.flatMap(({ value, index }, place) =>
    value === null || (own[place - 1]?.value ?? null) !== null || (own[place + 1]?.value ?? null) !== null
      ? []
      : [index],
  );
}
