import type { NextToken } from '@ramble/core/sampling';
import { type MaskEffect, meanOfHeads } from '@ramble/core/study';
import type { JSX } from 'preact';

import type { CacheRow, InspectedPrompt, InspectionContent, StepGroup } from './contents.js';
import { HeadChoice, HeadPanels, headStyle, SentenceRow } from './heads.js';
import { Page, Settings } from './page.js';
import { LensTable, SHADE_STYLE, shaded, Table, TokenChips } from './tables.js';

const STYLE = `
${SHADE_STYLE}
code, .sentence, .chip-word, .lens-word { font-family: ui-monospace, monospace; font-size: .85rem; }
p { margin: .25rem 0 .5rem; }
h3 { margin: 1rem 0 .25rem; font-size: .8rem; }
th { text-align: left; font-weight: 600; font-size: .85rem; padding: .2rem .75rem .2rem 0; vertical-align: top; white-space: nowrap; }
small { color: var(--faint); white-space: nowrap; }
.facts { grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); }
.chips { display: flex; flex-wrap: wrap; gap: .3rem .25rem; margin: .25rem 0; padding: 0; list-style: none; }
.chip { border: 1px solid var(--line); border-radius: .3rem; padding: 0 .35rem; overflow-wrap: anywhere; }
.chip-id { color: var(--faint); font-size: .75rem; margin-left: .4rem; }
.sentence { overflow-wrap: anywhere; }
table .sentence { text-align: left; width: 100%; }
.sentence span { display: inline-block; max-width: 100%; padding: .1rem .15rem; border-radius: .2rem; }
.scores { width: auto; font-variant-numeric: tabular-nums; font-size: .8rem; }
.scores td { text-align: right; padding: .2rem .4rem; white-space: nowrap; }
.scores th { font-family: ui-monospace, monospace; font-weight: 400; font-size: .8rem; padding: .2rem .4rem; }
.scores thead th { text-align: right; }
.numbers thead th { font-weight: 400; }
.numbers .number { padding-right: .5rem; }
.score-masked { color: var(--faint); }
.lens td { text-align: left; padding: .2rem .4rem; }
.lens thead th { padding-left: .4rem; font-weight: 400; color: var(--faint); }
.lens thead th:first-child { padding-left: 0; }
.lens-word { display: block; white-space: pre; }
.lens small { font-variant-numeric: tabular-nums; }
.numbers td:nth-last-child(-n + 2) { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.numbers td { overflow-wrap: normal; }
.tally tr:last-child td { font-weight: 600; }
.bar { width: 60%; }
.bar i { display: inline-block; height: .8em; vertical-align: middle; }
.steps td:last-child { text-align: left; }
.inner { padding-left: 1.25rem; }
`;

/** A page about a model: its parameters and settings, and, with a prompt, every step of the forward pass. */
export function Inspection(props: InspectionContent): JSX.Element {
  const { parameters, settings, prompt, ...head } = props;
  return (
    <Page {...head} style={STYLE + (prompt ? headStyle(prompt) : '')}>
      {prompt && <Prompt {...prompt} />}
      <Tally rows={parameters} />
      <Settings groups={settings} />
    </Page>
  );
}

function Prompt(prompt: InspectedPrompt): JSX.Element {
  const { tokens, lens, attention, unmasked, cache, reads, steps } = prompt;
  const words = tokens.map(({ word }) => tokenText(word));
  const last = <code>{words.at(-1)}</code>;
  const heads = { ...prompt, words };
  return (
    <>
      <h2>
        The prompt: {tokens.length} {tokens.length === 1 ? 'token' : 'tokens'}
      </h2>
      <TokenChips tokens={tokens.map(({ token }, i) => ({ id: token, word: words[i] }))} />
      <h2>What follows {last}, block after block</h2>
      <p>
        The final norm and the output projection, applied to what each block leaves: the last row is
        what the model says.
      </p>
      <LensTable
        rows={lens.map(({ title, tokens: next }) => ({
          title,
          tokens: next.map((token) => ({ ...token, word: tokenText(token.word) })),
        }))}
        format={formatShare}
      />
      <h2>What {last} attends to</h2>
      <p>
        The stronger a token is shaded, the more the last one attends to it. Rest the pointer on a
        token for its share.
      </p>
      <table>
        <caption>The mean of the heads, layer by layer</caption>
        {attention.map((each, layer) => (
          <SentenceRow
            title={`layer ${layer}`}
            words={words}
            weights={meanOfHeads(each, words.length - 1)}
          />
        ))}
      </table>
      <HeadChoice {...heads} />
      <HeadPanels {...heads} />
      {unmasked && <Unmasked words={words} {...unmasked} />}
      <Cache rows={cache} reads={reads} />
      <Steps groups={steps} />
    </>
  );
}

/** The effect of the causal mask on each token. */
function Unmasked(props: MaskEffect & { readonly words: readonly string[] }): JSX.Element {
  const { words, tokens } = props;
  const says = ({ word, probability }: NextToken): JSX.Element => (
    <td {...shaded(probability)}>
      {tokenText(word)} <small>{formatShare(probability)}</small>
    </td>
  );
  return (
    <>
      <h2>Without the mask</h2>
      <p>
        Every token sees all of the prompt, as in BERT: how much of its attention goes to later
        tokens, and what it says follows, with the mask and without. It learned without seeing later
        tokens, so it knows no use for them; and no text can be written so, as what comes later is
        not there yet.
      </p>
      <Table label="Without the mask" kind="lens" heads={['', 'ahead', 'masked', 'unmasked']}>
        {tokens.map(({ ahead, masked, unmasked }, i) => (
          <tr>
            <th scope="row">{words[i]}</th>
            <td {...shaded(ahead)}>{formatShare(ahead)}</td>
            {says(masked)}
            {says(unmasked)}
          </tr>
        ))}
      </Table>
    </>
  );
}

/** Number of cache rows at each end of a long prompt. */
const ENDS = 10;

/** The contents of the cache after each token. */
function Cache(props: { readonly rows: readonly CacheRow[]; readonly reads: string }): JSX.Element {
  const { rows, reads } = props;
  const most = Math.max(...rows.map(({ held }) => held));
  const isLong = rows.length > 2 * ENDS + 1;
  const part = (count: number, share: number): JSX.Element => {
    const { class: name, style = '' } = shaded(share);
    return <i class={name} style={`${style};width:${((100 * count) / most).toFixed(2)}%`} />;
  };
  const row = ({ name, read, reused, held, size }: CacheRow): JSX.Element => (
    <tr>
      <th>{tokenText(name)}</th>
      <td class="bar">
        {part(reused, 1 / 16)}
        {part(read, 1)}
      </td>
      <td>{held}</td>
      <td>{size}</td>
    </tr>
  );
  return (
    <>
      <h2>The cache, token by token</h2>
      <p>Strong is what was computed for this token, pale what was there and reused. {reads}</p>
      <Table
        label="The cache"
        kind="numbers"
        heads={['', '', { number: 'held' }, { number: 'size' }]}
      >
        {(isLong ? rows.slice(0, ENDS) : rows).map(row)}
        {isLong && (
          <tr>
            <th>…</th>
          </tr>
        )}
        {isLong && rows.slice(-ENDS).map(row)}
      </Table>
    </>
  );
}

/** The shape of every step; equal blocks are listed once. */
function Steps({ groups }: { readonly groups: readonly StepGroup[] }): JSX.Element {
  return (
    <>
      <h2>Every step, and the shape of what it computes</h2>
      <table class="steps">
        {groups.map(({ title, steps }) => (
          <>
            {title !== '' && (
              <tr>
                <th colSpan={3}>{title}</th>
              </tr>
            )}
            {steps.map(({ name, shape, meaning }) => (
              <tr>
                <td class={title === '' ? undefined : 'inner'}>
                  <code>{name}</code>
                </td>
                <td>{shape.join(' × ')}</td>
                <td>{meaning}</td>
              </tr>
            ))}
          </>
        ))}
      </table>
    </>
  );
}

/** The parameters, row by row; the first row has the headings. */
function Tally({
  rows: [heads, ...rows],
}: {
  readonly rows: readonly (readonly string[])[];
}): JSX.Element {
  const [name, shape, ...counts] = heads;
  const columns = [name, shape, ...counts.map((number) => ({ number }))];
  return (
    <>
      <h2>Parameters</h2>
      <Table label="Parameters" kind="numbers tally" heads={columns}>
        {rows.map(([name, shape, ...counts]) => (
          <tr>
            <td class={name.startsWith(' ') ? 'inner' : undefined}>
              <code>{name.trim()}</code>
            </td>
            <td>{shape.replaceAll(' x ', ' × ')}</td>
            {counts.map((count) => (
              <td>{count}</td>
            ))}
          </tr>
        ))}
      </Table>
    </>
  );
}

/** Returns a token's text for a page, without quotes and with visible spaces. */
export function tokenText(word: string): string {
  const text = /^"(.*)"$/s.exec(word)?.[1];
  if (text === undefined || text === '') return word;
  return text.replaceAll(String.raw`\"`, '"').replaceAll(' ', '␣');
}

function formatShare(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
