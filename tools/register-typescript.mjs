// `node --import ./tools/register-typescript.mjs --conditions=@ramble/source FILE.ts`: runs a program
// on our sources unbuilt.
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
