import type { ModelConfig } from '@ramble/core';
import { cacheSizes, logitLens, stepShapes } from '@ramble/study';

import { type WholeCall, wholeCall } from '../call.js';
import type { StudyAnswer } from '../contract.js';
import { askedModel } from '../models/asked-model.js';
import type { ExploredModels } from '../models/explored-model.js';
import { pageTokens } from '../models/page-token.js';
import { prompt, question, text } from '../questions/fields.js';
import { checkRoom } from '../studies/check-room.js';

const QUESTION = question({ model: text, prompt });
/** Next tokens of each reading of the lens. */
const COUNT = 10;

/** Says what a model computes for a prompt, all but its attention. */
export function studyCall(models: ExploredModels): WholeCall<StudyAnswer> {
  return wholeCall(QUESTION, (asked): StudyAnswer => {
    const explored = askedModel(models, asked);
    const { model, domain } = explored;
    checkRoom(model.config, asked.prompt);
    const describe = pageTokens(explored);
    const lens = logitLens(model, asked.prompt, domain.vocabulary, COUNT);
    return {
      tokens: asked.prompt.tokens.map(describe),
      steps: stepShapes(model, asked.prompt),
      lens: lens.map(({ blocks, tokens }) => ({
        blocks,
        tokens: tokens.map(({ token, probability }, i) => {
          return { ...describe(token), probability, rank: i + 1 };
        }),
      })),
      cache: cacheSizes(model.config, asked.prompt),
      layers: layersOf(model.config),
    };
  });
}

function layersOf(config: ModelConfig): StudyAnswer['layers'] {
  const { attention, nLayer, nHead: heads, nKvHead: keyValueHeads } = config;
  const kinds = attention.split(','); // one a layer, again from the first where there are more layers
  return Array.from({ length: nLayer }, (_, layer) => {
    const kind = kinds[layer % kinds.length];
    return { kind, heads, keyValueHeads, ...lengthsOf(kind, config) };
  });
}

/** The sizes that a model has for one kind of attention, whatever its other layers are. */
function lengthsOf(kind: string, config: ModelConfig): Partial<StudyAnswer['layers'][number]> {
  const { compressionFactor, localBlock, window } = config;
  if (kind.startsWith('compressed')) return { groupLength: compressionFactor };
  if (kind.includes('local')) return { blockLength: localBlock };
  return kind === 'window' ? { windowLength: window } : {};
}
