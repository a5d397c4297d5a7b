import { tokenizerFile } from '../assemble-tokenizer.js';
import { configFile, settingsFile } from './pipeline-files.js';
import { type PipelineSettings, type WritePipeline } from './pipeline-tokenizer.js';

/**
 * Writes a tokenizer.json as it came, with its tokenizer_config.json and what the run knows beyond both.
 *
 * @param json - The content of the tokenizer.json.
 * @param text - Its text, if it came as one.
 */
export function pipelineWriter(
  json: unknown,
  text: string | undefined,
  config: string | undefined,
): (settings: PipelineSettings) => WritePipeline {
  // As bytes a file of megabytes takes half of the memory.
  const bytes = new TextEncoder().encode(text ?? `${JSON.stringify(json)}\n`);
  const asItCame = (): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  return (settings) => ({
    save: () => ({
      [tokenizerFile]: asItCame(),
      ...(config !== undefined && { [configFile]: config }),
      [settingsFile]: `${JSON.stringify(settings, undefined, 2)}\n`,
    }),
    toHuggingFace: (contextLength) => ({
      [tokenizerFile]: withTokens(asItCame(), settings),
      [configFile]: config ?? writeConfig(settings, contextLength),
    }),
  });
}

/** The file with the special tokens that a run has added. */
function withTokens(text: string, { vocabSize, specialTokens }: PipelineSettings): string {
  if (specialTokens.length === 0) return text;
  const json = JSON.parse(text) as { added_tokens?: readonly object[] }; // -- it was read
  const added = specialTokens.map((content, index) => ({
    id: vocabSize + index,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }));
  return `${JSON.stringify({ ...json, added_tokens: [...(json.added_tokens ?? []), ...added] })}\n`;
}

function writeConfig({ endOfText }: PipelineSettings, contextLength: number): string {
  const config = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    eos_token: endOfText,
    clean_up_tokenization_spaces: false,
    model_max_length: contextLength,
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
