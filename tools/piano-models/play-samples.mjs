import { generate } from '@ramble/core';

const EVENTS_A_SECOND = 100; // dense playing

/**
 * The events of some samples of a model of music.
 *
 * @param options.seconds - Length of a sample, which the grammar keeps to.
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
