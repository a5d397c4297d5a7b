import * as jinja from '@huggingface/jinja';
import type { JsonObject } from '@ramble/core/files';

import { readTemplate } from './render-template.js';
import type { Rendered } from './template-thread.js';

/**
 * Renders a template, for as long as it takes: to be called in a thread that can be ended.
 *
 * @returns the text, or what the template raised.
 */
export function renderTemplate(source: string, variables: JsonObject): Rendered {
  try {
    return { text: readTemplate(jinja, source)(variables) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
