import { useSignal } from '@preact/signals';
import type { TrainingField, TrainingForm } from '@ramble/explorer';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { useSession } from '../state/session.js';
import type { Watching } from './watching.js';

/** A form that starts a training, made from the settings of `train`. */
export default function TrainForm(props: {
  readonly watching: Watching;
  readonly onEnd: () => void;
}): JSX.Element {
  const { watching, onEnd } = props;
  const session = useSession();
  const [forms, setForms] = useState<readonly TrainingForm[]>();
  useEffect(() => {
    const abort = new AbortController();
    void session.ask('forms', {}, abort.signal).then(setForms);
    return () => abort.abort();
  }, []);
  const domain = useSignal<string | undefined>(undefined);
  const isBusy = useSignal(false);
  if (!forms) return <p class="waiting">Reading the settings …</p>;
  if (forms.length === 0) {
    return (
      <p class="notice">
        This page starts no training, because its server accepts connections of other machines.
      </p>
    );
  }
  const form = forms.find((it) => it.domain === domain.value) ?? forms[0];
  const onSubmit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const { run = '', ...values } = textsOf(event.currentTarget as HTMLFormElement);
    isBusy.value = true;
    const hasBegun = await watching.train({ run, domain: form?.domain ?? '', values });
    isBusy.value = false;
    if (hasBegun) onEnd();
  };
  return (
    <form class="panel" aria-label="New training" onSubmit={(event) => void onSubmit(event)}>
      <h2>New training</h2>
      <RunFields
        domains={forms.map((it) => it.domain)}
        domain={form?.domain}
        onChange={(next) => (domain.value = next)}
      />
      {form && <Groups key={form.domain} form={form} />}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onEnd}>
          Cancel
        </button>
        <button type="submit" class="button button-main" disabled={isBusy.value}>
          {isBusy.value ? 'Starting …' : 'Start'}
        </button>
      </div>
    </form>
  );
}

/** Returns the texts of a form's fields by name, without empty ones. */
function textsOf(form: HTMLFormElement): Record<string, string> {
  return Object.fromEntries(
    [...new FormData(form)].flatMap(([name, value]) =>
      typeof value === 'string' && value !== '' ? [[name, value] as const] : [],
    ),
  );
}

/** The name of the new run, and its domain. */
function RunFields(props: {
  readonly domains: readonly string[];
  readonly domain: string | undefined;
  readonly onChange: (domain: string) => void;
}): JSX.Element {
  const { domains, domain, onChange } = props;
  return (
    <div class="train-fields">
      <label>
        <b>Name of the run</b>
        <input type="text" name="run" autoComplete="off" />
      </label>
      <label>
        <b>Domain</b>
        <select value={domain} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
          {domains.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
    </div>
  );
}

/** The most important fields, then all others by group. */
function Groups({ form }: { readonly form: TrainingForm }): JSX.Element {
  const basic = form.groups.flatMap(({ fields }) => fields.filter(({ isBasic }) => isBasic));
  return (
    <>
      <Fields fields={basic} />
      {form.groups.map(({ title, fields }) => (
        <details key={title} class="fold">
          <summary>
            <h3>More: {title}</h3>
          </summary>
          <Fields fields={fields.filter(({ isBasic }) => !isBasic)} />
        </details>
      ))}
    </>
  );
}

function Fields({ fields }: { readonly fields: readonly TrainingField[] }): JSX.Element {
  return (
    <div class="train-fields">
      {fields.map((field) => (
        <label key={field.name}>
          <b>{field.name}</b>
          <Field {...field} />
          <span class="hint">
            {field.description} {field.usual !== undefined && `Default: ${field.usual}.`}
          </span>
        </label>
      ))}
    </div>
  );
}

function Field({ name, kind, choices }: TrainingField): JSX.Element {
  const options = kind === 'boolean' ? ['true', 'false'] : choices;
  if (!options) {
    return (
      <input
        type="text"
        {...{ name, autoComplete: 'off' }}
        inputMode={kind === 'number' ? 'decimal' : 'text'}
      />
    );
  }
  return (
    <select name={name}>
      <option value="">default</option>
      {options.map((option) => (
        <option key={option}>{option}</option>
      ))}
    </select>
  );
}
