import { generate } from '@ramble/core';

const EVENTS_A_SECOND = 100; // enough for dense playing

/**
 * Samples a model of music, and returns the events.
 *
 * @param options.seconds - Length of a sample, which the grammar enforces.
 */
export async function playSamples({ model, domain }, prompt, { seconds, ...options }) {
  const outputs = Array.from({ length: options.count }, () => []);
  const maxNewTokens = seconds * EVENTS_A_SECOND;
  const given = { ...options, stopTokens: domain.stopTokens, maxNewTokens };
  for await (const event of generate(model, domain.encodePrompt(prompt), given)) {
    if (event.kind === 'token') outputs[event.sequence].push(event.token);
  }
  return outputs;
}
