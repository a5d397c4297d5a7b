import type { JSX, RefObject } from 'preact';
import { useRef } from 'preact/hooks';

import { LinkButton } from '../shell/buttons.js';
import { toBase64 } from '../state/format.js';
import { titleOf } from './settings-form.js';
import type { Writing } from './writing.js';

/** The prompt: a text; for models whose outputs are files, a file or nothing. */
export function PromptBox({ writing }: { readonly writing: Writing }): JSX.Element {
  return writing.model.format === undefined ? (
    <TextPrompt writing={writing} />
  ) : (
    <FilePrompt writing={writing} format={writing.model.format} />
  );
}

function TextPrompt({ writing }: { readonly writing: Writing }): JSX.Element {
  const field = useRef<HTMLTextAreaElement>(null);
  return (
    <div class="prompt">
      <label for="prompt" class="prompt-label">
        {writing.model.continues ? 'Begin with' : 'Prompt'}
      </label>
      <textarea
        ref={field}
        id="prompt"
        dir="auto"
        rows={3}
        spellcheck={false}
        placeholder={
          writing.model.continues ? 'The beginning of an output' : 'The text that the model answers'
        }
        value={writing.given.value.text}
        onInput={({ currentTarget }) => {
          writing.given.value = { text: currentTarget.value };
        }}
      />
      <Examples writing={writing} texts={writing.model.examples} field={field} />
    </div>
  );
}

/** Buttons that fill in an example. They are shown while the field of the prompt is empty. */
export function Examples(props: {
  readonly writing: Writing;
  readonly texts: readonly string[];
  /** The field of the prompt, which gets the focus. */
  readonly field: RefObject<HTMLTextAreaElement | null>;
}): JSX.Element | null {
  const { writing, texts, field } = props;
  if (texts.length === 0 || writing.given.value.text !== '') return null;
  const fill = (text: string) => {
    writing.given.value = { text };
    field.current?.focus();
  };
  return (
    <div class="pills" role="group" aria-label="Examples">
      <span class="hint">Try</span>
      {texts.map((text) => (
        <button key={text} type="button" class="pill" title={text} onClick={() => fill(text)}>
          {text}
        </button>
      ))}
    </div>
  );
}

function FilePrompt(props: { readonly writing: Writing; readonly format: string }): JSX.Element {
  const { writing, format } = props;
  const { file } = writing.given.value;
  const uses = writing.model.promptSettings.filter(({ kind }) => kind === 'file');
  const take = async (given: File | undefined) => {
    if (!given) return;
    const base64 = toBase64(new Uint8Array(await given.arrayBuffer()));
    writing.given.value = { text: '', file: { name: given.name, base64 } };
  };
  return (
    <div
      class="prompt drop"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void take(event.dataTransfer?.files[0]);
      }}
    >
      <label for="prompt" class="prompt-label">
        Begin with a .{format} file, or with nothing
      </label>
      <div class="drop-row">
        <input
          id="prompt"
          type="file"
          accept={`.${format}${format === 'mid' ? ',.midi' : ''}`}
          onChange={({ currentTarget }) => void take(currentTarget.files?.[0])}
        />
        <span class="drop-name">{file ? file.name : 'Drop a file on this box.'}</span>
        {file && uses.length > 1 && (
          <label class="drop-use">
            Use it as{' '}
            <select
              value={file.use ?? uses[0]?.name}
              onChange={({ currentTarget: { value: use } }) => {
                writing.given.value = { text: '', file: { ...file, use } };
              }}
            >
              {uses.map(({ name, description }) => (
                <option key={name} value={name} title={description}>
                  {titleOf(name)}
                </option>
              ))}
            </select>
          </label>
        )}
        {file && (
          <LinkButton
            label="Begin with nothing"
            onClick={() => (writing.given.value = { text: '' })}
          />
        )}
      </div>
    </div>
  );
}
