/**
 * Of the threads beside the engine's, which loads TensorFlow meanwhile. The system loads one library at a time: msgpackr's, which makes
 * our short messages no faster, would keep a thread waiting until that large one is there.
 */
export function threadEnvironment(own: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return { ...own, MSGPACKR_NATIVE_ACCELERATION_DISABLED: 'true' };
}
