import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';

import { isModelName } from '@ramble/datasets';
import { NoRunError } from '@ramble/runs';

import { commandLine } from '../verb/domain-hint.js';
import { HUB_URL } from '../hugging-face/find-model.js';
import { folderRuns, foundRuns } from './runs-here.js';

/** The error of a run that is not there, with what to do: import a model of that name, or name another run. */
export function adviseRun(error: NoRunError): NoRunError {
  const { place } = error;
  if (existsSync(place)) {
    const inside = folderRuns(`${place}/`);
    return inside.length === 0 ? error : new NoRunError(place, `there are ${inside.join(', ')}`);
  }
  if (place.endsWith('.gguf')) return new NoRunError(place, 'there is no such file either');
  const name = place.replace(HUB_URL, '');
  if (isModelName(name) && !existsSync(dirname(name))) {
    const command = commandLine('text', 'import', name, '--out', `runs/${basename(name)}`);
    return new NoRunError(
      place,
      `for the model of that name on the Hugging Face Hub use ${command}`,
    );
  }
  const runs = foundRuns();
  if (runs !== '') return new NoRunError(place, `there are ${runs}`);
  return new NoRunError(
    place,
    'name the folder of a run, a Hugging Face folder, a GGUF file, or a model that ramble data list names',
  );
}
