import { type Engine, PRECISIONS } from '@ramble/core/engine';
import { ATTENTION_NAMES } from '@ramble/core/model';
import { FORMATS, type WeightFormat } from '@ramble/core/weights';

import { globalRunner, type TestRunner } from '../assert-close.js';
import {
  checkDecoding,
  checkForks,
  checkPromptLookup,
  checkWindowLayers,
  WINDOW_LAYERS,
} from './check-decoding.js';
import {
  checkAdamW,
  checkBfloat16,
  checkCachedSteps,
  checkGradients,
  checkLogits,
  checkLosses,
  checkMuon,
} from './check-gpt2.js';
import { ADAPTED_CASES, checkAdapters } from './check-adapters.js';
import { checkOp, engineTests } from './check-op.js';
import { checkRanks, RANKS_CASES } from './check-ranks.js';
import { checkPackedRows, checkRecompute, checkTraining } from './check-training.js';
import {
  checkReadAndWrite,
  checkRefusedUpdate,
  checkUpdates,
  UPDATE_CASES,
} from './check-updates.js';
import { AFTER_LLAMA, LLAMA } from './fixed-inputs.js';
import { OP_CASES } from './op-cases.js';

/**
 * Describes the tests that an engine must pass. Every op and its gradient, a training run and decoding must equal the
 * reference, tfjs's cpu backend with every op in its composed form; every optimizer must equal a plain loop; and a tiny
 * GPT-2 must equal Hugging Face and PyTorch.
 *
 * @param runner - Test runner; the globals of jest or vitest by default.
 */
export function describeEngineConformance(
  engine: Engine,
  runner: TestRunner = globalRunner(),
): void {
  const { describe, it } = runner;
  const check = engineTests(engine, runner);

  describe(`engine ${engine.name}`, () => {
    it('can run on this machine', async () => {
      const reason = await engine.check();
      if (reason !== undefined) throw new Error(reason);
    });
    describe('computes the same as the composed form, with its gradients', () => {
      for (const opCase of OP_CASES) check(opCase.name, () => checkOp(opCase));
    });
    describe('keeps parameters', () => {
      for (const update of UPDATE_CASES)
        check(`updates by ${update.name}`, () => checkUpdates(update));
      check('changes nothing if a gradient is not finite', checkRefusedUpdate);
      check('reads written values', checkReadAndWrite);
    });
    describe('agrees with Hugging Face and PyTorch on a tiny GPT-2', () => {
      check('logits', checkLogits);
      check('losses', checkLosses);
      check('every gradient', checkGradients);
      check('logits through the cache', checkCachedSteps);
      check('ten AdamW steps', checkAdamW);
      check('50 steps of Muon', checkMuon);
      check('50 steps in bf16', checkBfloat16);
    });
    describe('batches requests for a model and for adapters over it, with the outputs of each alone', () => {
      for (const adapted of ADAPTED_CASES) check(adapted.name, () => checkAdapters(adapted));
    });
    describe('runs the same as the composed form', () => {
      check('ten training steps with dropout', () => checkTraining('causal'));
      check('ten training steps in bf16', () => checkTraining('causal', {}, { precision: 'bf16' }));
      check('ten training steps in bf16 of compressed attention', () =>
        checkTraining('compressed,compressed-input', {}, { precision: 'bf16' }),
      );
      check('ten training steps of relative attention', () => checkTraining('relative-local'));
      check('ten training steps of compressed attention', () =>
        checkTraining('compressed,compressed-input'),
      );
      check('ten training steps of linear biases', () => checkTraining('alibi'));
      check('ten training steps of the Llama family', () => checkTraining('causal', LLAMA));
      check('ten training steps of models after Llama', () =>
        checkTraining('window', { ...AFTER_LLAMA, positions: 'rotary' }),
      );
      for (const layers of WINDOW_LAYERS) {
        const { nLayer, attention, window = AFTER_LLAMA.window } = layers;
        check(`every gradient of ${nLayer} layers of ${attention} with a window of ${window}`, () =>
          checkWindowLayers(layers),
        );
      }
      check('ten training steps without padding', () => checkPackedRows({}));
      check('ten training steps of the Llama family without padding', () => checkPackedRows(LLAMA));
      for (const precision of PRECISIONS) {
        check(`the same steps with recomputed blocks in ${precision}`, () =>
          checkRecompute(precision),
        );
      }
      for (const ranksCase of RANKS_CASES) {
        check(`the same steps on 1, 2 and 4 ranks: ${ranksCase.name}`, () => checkRanks(ranksCase));
      }
      for (const attention of ATTENTION_NAMES) {
        check(`the next fifty tokens, attention ${attention}`, () => checkDecoding(attention));
        check(`sequences that fork, attention ${attention}`, () => checkForks(attention));
      }
      check('the next fifty tokens, positions at every layer', () => {
        return checkDecoding('causal', { positions: 'every-layer' });
      });
      for (const { name: weights, panels } of Object.values<WeightFormat>(FORMATS)) {
        if (!panels) continue;
        check(`the next fifty tokens of the Llama family with ${weights} weights`, () => {
          return checkDecoding('causal', { ...LLAMA, weights });
        });
      }
      check('the next fifty tokens of models after Llama', () => {
        return checkDecoding('window,causal', AFTER_LLAMA);
      });
      check('the same tokens with prompt lookup', checkPromptLookup);
      for (const { name: weights } of Object.values(FORMATS)) {
        if (weights === 'f32') continue;
        check(`the next fifty tokens with ${weights} weights`, () => {
          return checkDecoding('relative,compressed', { weights });
        });
      }
    });
  });
}
