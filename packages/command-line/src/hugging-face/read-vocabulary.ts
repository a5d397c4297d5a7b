import type { AnyDomain, Fitted } from '@ramble/core';
import type { HuggingFaceForm } from '@ramble/core/app';
import type { JsonObject } from '@ramble/core/files';
import type { FolderReader } from '@ramble/runs/hugging-face';
import { readText } from '@ramble/runs';

/** More than any tokenizer takes. */
const MAX_FILE_BYTES = 2 ** 28;

/**
 * The domain that the tokenizer of a Hugging Face folder, or of a GGUF file as one, stands for.
 *
 * @throws RangeError or TypeError that names the file, when it is none that the domain can have.
 */
export async function readVocabulary(
  folder: FolderReader,
  form: HuggingFaceForm<AnyDomain>,
  vocabSize: number,
): Promise<Fitted<AnyDomain, JsonObject>> {
  const present = new Set(await folder.list(''));
  const files: [name: string, text: string][] = [];
  for (const name of form.files) {
    if (present.has(name)) files.push([name, await readText(folder, name, MAX_FILE_BYTES)]);
  }
  if (folder.weights && !present.has('tokenizer.json')) {
    throw new RangeError(
      `${folder.name}: expected a tokenizer in the file (tokenizer.ggml.model), got none`,
    );
  }
  try {
    return await form.read(Object.fromEntries(files), vocabSize);
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) {
      error.message = `${folder.name}/${error.message}`;
    }
    throw error;
  }
}
