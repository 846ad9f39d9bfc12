// @ts-check
// npm run image: builds a container image with docker, podman or buildah, whichever is there. `npm run image -- --help` lists
// the options; docs/containers.md says what the images are for.
import { imageHelp, imageOptions } from './image/options.mjs';
import { buildImage } from './image/build.mjs';
import { fail } from './say.mjs';

const asked = imageOptions(process.argv.slice(2));
if (asked.kind === 'help') {
  console.log(imageHelp());
} else if (asked.kind === 'wrong') {
  fail(`${asked.why} \`npm run image -- --help\` lists what there is.`);
} else {
  const { tag, bytes } = buildImage(asked.options);
  console.log(bytes === null ? tag : `${tag}  ${Math.round(bytes / 1e6)} MB`);
}
