import { memoryBytes, type Model, modelConfig } from '@ramble/core';
import { loadGpt2 } from '@ramble/runs/hugging-face';
import { openSafetensors } from '@ramble/runs/safetensors';

import { MODEL } from './gpt2-fixture.gen.js';

/** A tiny random GPT-2 whose numbers Hugging Face has computed; see `GOLDEN`. On the current backend. */
export async function tinyGpt2(): Promise<Model> {
  const config = modelConfig({ vocabSize: 31, contextLength: 16, nEmbd: 12, nLayer: 2, nHead: 3 });
  return loadGpt2(await openSafetensors(memoryBytes('tiny GPT-2', decodeBase64(MODEL))), config);
}

/** The tensors of a safetensors file in base64, by name. */
export async function decodeTensors(base64: string): Promise<ReadonlyMap<string, Float32Array>> {
  const file = await openSafetensors(memoryBytes('fixture', decodeBase64(base64)));
  const tensors = new Map<string, Float32Array>();
  for (const name of file.tensors.keys()) tensors.set(name, await file.read(name));
  return tensors;
}

function decodeBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
