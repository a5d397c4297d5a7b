import { type AnyApp, type Setting, outputRulesFeature } from '@ramble/core';

import { fieldName } from './field-names.js';

/** What a domain lets be asked of prompts and outputs, as fields of a request. */
export interface DomainFields {
  /** Settings by the field's name, `max_polyphony`. */
  readonly settings: Readonly<Record<string, Setting>>;
  /** Fields that hold a prompt in base64, where the command line names a file: `melody`. */
  readonly files: readonly string[];
}

/** The fields of a request that a domain adds: its settings by their names in snake_case. */
export function domainFields(app: Pick<AnyApp, 'prompting' | 'features'>): DomainFields {
  const { prompting } = app;
  const files = prompting?.files ?? [];
  const settings: Readonly<Record<string, Setting>> = {
    ...prompting?.settings,
    ...outputRulesFeature.of(app)?.settings,
  };
  // A path of the client's would be read on the server's machine: the content comes instead.
  const plain = Object.entries(settings).filter(([name]) => !files.includes(name));
  return {
    settings: Object.fromEntries(plain.map(([name, setting]) => [fieldName(name), setting])),
    files: files.map(fieldName),
  };
}
