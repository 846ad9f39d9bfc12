/** Calls `each` for 0 .. count-1, at most `limit` at a time. The first failure ends it, once what is running has ended. */
export async function forEachBounded(
  count: number,
  limit: number,
  each: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const runner = async (): Promise<void> => {
    while (next < count) {
      try {
        await each(next++);
      } catch (error) {
        next = count;
        throw error;
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: Math.min(limit, count) }, runner));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
