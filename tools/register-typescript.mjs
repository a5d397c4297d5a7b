// `node --import ./tools/register-typescript.mjs --conditions=@ramble/source FILE.ts`: runs a program on unbuilt
// sources.
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
