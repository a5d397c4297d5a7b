import type { Engine } from '@ramble/core/engine';
import * as tf from '@tensorflow/tfjs-core';

import { globalRunner, type TestRunner } from '../assert-close.js';
import {
  checkLlamaAdamW,
  checkLlamaCache,
  checkLlamaConfig,
  checkLlamaForward,
  checkLlamaGradients,
  checkLlamaGreedy,
} from './check-llama.js';
import {
  LLAMA_FIXTURES,
  type LlamaFixture,
  llamaFixture,
  type ReadFixture,
} from './llama-fixture.js';

interface LlamaOptions {
  /** Test runner; the globals of jest or vitest by default. */
  readonly runner?: TestRunner;
  /** Whether the tests take ten steps of AdamW, which is most of their time. */
  readonly steps?: boolean;
}

/**
 * Tests that an engine computes what Hugging Face computes of tiny models of the Llama family.
 *
 * @param read - Reads a file of the fixtures.
 */
export function describeLlama(
  engine: Engine,
  read: ReadFixture,
  { runner = globalRunner(), steps = true }: LlamaOptions = {},
): void {
  const { describe, it } = runner;
  let backend: string | undefined;
  describe(`the Llama family on engine ${engine.name}, against transformers`, () => {
    for (const name of LLAMA_FIXTURES) {
      const check = (what: string, body: (fixture: LlamaFixture) => Promise<void>): void => {
        it(`${name}: ${what}`, async () => {
          if (backend === undefined) {
            await engine.load();
            backend = tf.getBackend();
          }
          await tf.setBackend(backend);
          await body(await llamaFixture(read, name));
        });
      };
      check('config', checkLlamaConfig);
      check('hidden states, attention, logits', checkLlamaForward);
      check('losses and every gradient', checkLlamaGradients);
      // Its frequencies depend on the longest pass so far; ours are those of the whole context.
      if (name === 'llama-dynamic') continue;
      if (steps) check('ten AdamW steps', checkLlamaAdamW);
      check('a cache, and rows of several lengths', checkLlamaCache);
      check('greedy tokens', checkLlamaGreedy);
    }
  });
}
