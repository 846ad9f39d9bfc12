// @ts-check
// npm run build: dist/ from src/, always anew.
import { build, checkNode, installDependencies } from './prepare.mjs';

checkNode();
installDependencies();
build({ force: true });
