import { listModels } from '@ramble/datasets';

/** The command that makes a run of a published model; `undefined` where none has this name. */
export function importAdvice(name: string): string | undefined {
  if (!listModels().some((model) => model.name === name)) return undefined;
  return `make one of that model: ramble text import ${name} --out runs/${name}`;
}
