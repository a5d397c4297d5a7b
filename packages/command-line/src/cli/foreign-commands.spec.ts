import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { lettersApp } from '../../test/letters-app.js';
import { makeRun } from '../../test/make-run.js';
import { type Outcome, runCommand } from '../../test/run-command.js';

/** Command lines as people of nanoGPT, Hugging Face, llama.cpp and vLLM would type them. */

let folder: string;
const before = process.cwd();
let outputs = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-foreign-'));
  process.chdir(folder);
  await writeFile('book.txt', 'the sea and the whale and the sea again\n'.repeat(6));
  await writeFile('prompt.txt', 'the sea');
  await makeRun('RUN', lettersApp);
});
afterAll(async () => {
  process.chdir(before);
  delete process.env.RAMBLE_THREADS;
  await rm(folder, { recursive: true });
});

/** Start of a command for each verb; flags that the table gives are omitted. */
const BEGINNINGS: Readonly<Record<string, (given: string) => string>> = {
  train: (given) => {
    const base = /--(out|output)_dir/.test(given) ? '' : ` --out new-${(outputs += 1)}`;
    const data = /--(dataset|train_file)/.test(given) ? '' : ' --data book.txt';
    const twice = [/batch_size|batch-size/, /max.iters|max.train.steps|num.steps/, /num.heads/];
    const flags = ['--batch-size 2', '--max-steps 2', '--n-head 1'];
    const left = flags.filter((_, i) => !twice[i].test(given)).join(' ');
    return `letters train --preset tiny ${left}${data}${base} ${given}`;
  },
  sample: (given) => {
    const model = /--(out_dir|model|checkpoint)|-m /.test(given) ? '' : ' --model RUN';
    // 200 tokens, which the hint of --ignore-eos names, are the default of apps that set none.
    const long = given.includes('ignore') ? ' --max-new-tokens 200' : '';
    const short = /predict|max|min|ignore|-n |tokens/.test(given) ? long : ' --max-new-tokens 3';
    return `letters sample${model}${short} ${given}`;
  },
  serve: (given) => `serve --model RUN --port 0 ${given}`,
};

function run(line: string): Promise<Outcome> {
  const words = line.trim().split(/\s+/);
  return runCommand(words, {
    onNote: (note, interrupt) => {
      if (note.startsWith('serving')) interrupt();
    },
  });
}

/** Returns the command with the suggestion of its error in place of the words that the error names. */
function paste(line: string, complaint: string): string {
  const hintPattern =
    /^error: (\S+): unknown (flag|verb|domain)[^.]*\. (?:Use (.+?) instead|(Leave it out))/;
  const found = hintPattern.exec(complaint) as (string | undefined)[] | null;
  if (!found) throw new Error(`expected a hint to paste, got ${complaint}`);
  const [, name, kind, say = ''] = found;
  if (kind !== 'flag') {
    return say
      .replace(/^ramble /, '')
      .replace('TEXT', 'sea')
      .replace('FILE', 'book.txt --max-steps 2')
      .replace('NEW', `new-${(outputs += 1)}`);
  }
  const typed = new RegExp(` ${name}(?:[= ](?!-)\\S+)?(?= |$)`);
  expect(line).toMatch(typed);
  return line.replace(typed, say === '' ? '' : ` ${say}`);
}

describe('a flag of another program', () => {
  it.each(
    [
      ['train', '--block_size=8 --max_iters=2 --eval_interval=1 --log_interval=1'],
      [
        'train',
        '--out_dir=from-nanogpt --dataset=book.txt --lr 1e-3 --min_lr=1e-4 --warmup_iters=1',
      ],
      ['train', '--learning_rate=1e-3 --weight_decay=1e-1 --grad_clip=1.0 --n_layer=1 --n_embd=8'],
      ['train', '--gradient_accumulation_steps=2 --n_ctx 8 --d-model 8 --d-ff 16 --threads 1'],
      ['train', '--num_hidden_layers 1 --num-heads 1 --hidden_size 8 --intermediate-size 16'],
      ['train', '--output_dir from-hf --train_file book.txt --validation_file book.txt'],
      [
        'train',
        '--per_device_train_batch_size 2 --max_grad_norm 1.0 --random_seed 3 --eval-steps 1',
      ],
      [
        'train',
        '--save-steps 1 --logging_steps 1 --save_total_limit 2 --early_stopping_patience 2',
      ],
      [
        'train',
        '--adam_beta1 0.9 --adam_beta2 0.95 --adam_epsilon 1e-8 --label_smoothing_factor 0.1',
      ],
      ['sample', '--temp 0.8 --top-k 5 --repeat-penalty 1.1'],
      ['sample', '--n-predict 5'],
      ['sample', '-n 5 -s 7 -p the'],
      ['sample', '--max-tokens 5 --min_tokens 1'],
      ['sample', '--max_new_tokens 5 --repetition_penalty 1.2 --no_repeat_ngram_size 3'],
      ['sample', '--num_samples=2 --start=the'],
      ['sample', '--num-return-sequences 2'],
      ['sample', '--n 2 --typical 0.9'],
      ['sample', '--stop-strings x'],
      ['sample', '--reverse-prompt x --eos-token-id 3 --suppress_tokens 4'],
      ['sample', '--beam-size 2'],
      ['sample', '--allowed-token-ids 3 --begin_suppress_tokens 4 --forced_eos_token_id 5'],
      ['sample', '--prompt_lookup_num_tokens 2'],
      ['sample', '--model-path RUN --file prompt.txt'],
      ['sample', '-m RUN -p the'],
      ['sample', '--checkpoint RUN'],
      ['serve', '--max-num-seqs 4 --timeout 60'],
      ['serve', '--parallel 4 --listen 127.0.0.1'],
    ].map(([verb, given]) => [verb, given] as const),
  )('is an alias if it means the same: %s %s', async (verb, given) => {
    const { status, stderr } = await run(BEGINNINGS[verb](given));
    expect([status, /error.*/.exec(stderr)?.[0]]).toEqual([0, undefined]);
  });

  it.each([
    ['train', '--epochs 3 --max-minutes 0.01', 'Use --max-steps 2000 instead'],
    [
      'train', // nanoGPT's own
      '--bias=none --compile=False --device=cpu --dtype=float32 --eval_iters=20 --wandb_log=False --lr_decay_iters=2 --decay_lr=False',
      ...Array.from({ length: 5 }, () => 'Leave it out'),
      'Use --schedule constant instead',
    ],
    [
      'train', // Hugging Face's
      '--num_train_epochs 3 --warmup_ratio 0.1 --lr_scheduler_type cosine --max-minutes 0.01',
      'Use --max-steps 2000 instead',
      'Use --warmup-steps 100 instead',
      'Use --schedule cosine-hf instead',
    ],
    [
      'train',
      '--optim adamw_torch --gradient_checkpointing True --lr-scheduler-type constant_with_warmup',
      'Use --optimizer adamw instead',
      'Use --recompute instead',
      'Use --schedule constant instead',
    ],
    [
      'train',
      '--fp16 --report_to none --overwrite_output_dir --do_train --evaluation_strategy steps --load_best_model_at_end True --validation_split_percentage 10',
      ...Array.from({ length: 7 }, () => 'Leave it out'),
    ],
    [
      'train',
      '--bf16 --mixed_precision bf16 --dtype bfloat16',
      ...Array.from({ length: 3 }, () => 'Use --precision bf16 instead'),
    ],
    [
      'train',
      '--resid_pdrop 0.1 -c 8 -t 1',
      'Use --dropout 0.1 instead',
      'Use --context-length 8 instead',
      'Use --threads 1 instead',
    ],
    ['sample', '--do-sample', 'Use --method random instead'],
    ['sample', '--do_sample=False', 'Use --method greedy instead'],
    ['sample', '--greedy', 'Use --method greedy instead'],
    ['sample', '--max-length 5', 'Use --max-new-tokens 5 instead'],
    ['sample', '--min_length 2 --max-tokens 4', 'Use --min-new-tokens 2 instead'],
    ['sample', '--ignore-eos', 'Use --min-new-tokens 200 instead'],
    ['sample', '--out_dir=RUN', 'Use --model RUN instead'],
    ['sample', '-f prompt.txt', 'Use --prompt-file prompt.txt instead'],
    ['sample', '--ctx-size 128', 'Leave it out'],
    ['sample', '-ngl 99', 'Leave it out'],
    ['sample', '--device cuda', 'Leave it out'],
    ['sample', '--dtype float16', 'Use --weights f16 instead'],
    ['sample', '--load_in_8bit', 'Use --weights int8 instead'],
    ['sample', '--stream', 'Leave it out'],
    ['sample', '--no-display-prompt', 'Leave it out'],
    ['sample', '--use_cache true', 'Leave it out'],
    ['sample', '--interactive', 'Leave it out'],
    ['sample', '--guidance-scale 1.5', 'Leave it out: guidance is not offered, as it needs'],
    ['sample', '--token-healing', 'Leave it out: it is not offered, as tokens are chosen'],
    ['sample', '--watermark', 'Leave it out: watermarks are not offered, as ramble is'],
    ['sample', '--watermarking-config w.json', 'Leave it out: watermarks are not offered'],
    ['sample', '--assistant-model gpt2', 'Leave it out: one model writes, and --prompt-lookup'],
    [
      'sample',
      '--exponential-decay-length-penalty 9',
      'Use --stop-token-start 50 --stop-token-factor 1.05 instead',
    ],
    ['serve', '--served-model-name whale', 'Leave it out'],
    ['serve', '--alias whale', 'Leave it out'],
    ['serve', '-np 4', 'Use --batch-size 4 instead'],
    ['serve', '--max-model-len 512', 'Leave it out'],
    ['serve', '--gpu-memory-utilization 0.9', 'Leave it out'],
  ])('gets hints that run: %s %s', async (verb, given, ...hints) => {
    let line = BEGINNINGS[verb](given);
    for (const hint of hints) {
      const { status, stderr } = await run(line);
      expect([status, stderr]).toEqual([2, expect.stringContaining(`: unknown flag. ${hint}`)]);
      line = paste(line, stderr);
    }
    const { status, stderr } = await run(line);
    expect([status, /error.*/.exec(stderr)?.[0]]).toEqual([0, undefined]);
  });

  it('resumes and fine-tunes a run with the flags of Hugging Face', async () => {
    await run('letters train --preset tiny --data book.txt --out first --max-steps 2');
    const lines = [
      'letters train --out first --max-steps 4 --resume_from_checkpoint first',
      'letters train --data book.txt --out tuned --max-steps 2 --model_name_or_path first',
    ];
    for (const line of lines) {
      const { stderr } = await run(line);
      expect((await run(paste(line, stderr))).status).toBe(0);
    }
  });

  it('is refused if it is given under two names', async () => {
    const { status, stderr } = await run('letters train --block-size 8 --context-length 8');
    expect([status, stderr]).toEqual([
      2,
      'error: --block-size: expected the flag under one of its names, got --context-length too\n',
    ]);
  });

  it('names the typed flag if its value is wrong', async () => {
    const { stderr } = await run('letters train --block-size x');
    expect(stderr).toBe(
      'error: --block-size: expected an integer of at least 1 and at most 1073741824, got "x"\n',
    );
  });

  it('refers to the help if the verb has no equivalent', async () => {
    expect((await run('letters sample --epochs 3')).stderr).toBe(
      'error: --epochs: unknown flag. See ramble letters sample --help\n',
    );
    expect((await run('serve --model RUN --do-sample')).stderr).toBe(
      'error: --do-sample: unknown flag. See ramble serve --help\n',
    );
  });

  it('is refused in a config file, with the name of the setting', async () => {
    await writeFile('config.json', '{ "block_size": 8 }');
    const { status, stderr } = await run(
      'letters train --data book.txt --out x --config config.json',
    );
    expect([status, stderr]).toEqual([
      2,
      'error: config.json: block_size: unknown setting. Did you mean contextLength?\n',
    ]);
  });
});

describe('a verb of another program', () => {
  it.each([
    'letters generate --model RUN --max-tokens 3',
    'letters eval --model RUN --data book.txt',
    'letters perplexity --model RUN --data book.txt',
    'letters tokenize --model RUN sea',
    'server --model RUN --port 0',
    'version',
    '-v',
    '-V',
  ])('is an alias if it means the same: %s', async (line) => {
    const { status, stderr } = await run(line);
    expect([status, /error.*/.exec(stderr)?.[0]]).toEqual([0, undefined]);
  });

  it.each([
    ['letters run', 'Use ramble letters sample --model RUN --prompt TEXT instead'],
    ['letters quantize', 'Use ramble letters sample --model RUN --weights int8 instead'],
    ['letters fine-tune', 'Use ramble letters train --init-from RUN --data FILE --out NEW instead'],
    ['list', 'Use ramble data list instead'],
  ])('gets a hint that runs: %s', async (line, hint) => {
    const { status, stderr } = await run(line);
    expect([status, stderr]).toEqual([2, expect.stringContaining(`. ${hint}`)]);
    const pasted = await run(paste(line, stderr));
    expect([pasted.status, /error.*/.exec(pasted.stderr)?.[0]]).toEqual([0, undefined]);
  });

  it('without an equivalent gets the list of verbs', async () => {
    expect((await run('letters frobnicate')).stderr).toBe(
      'error: frobnicate: unknown verb of ramble letters. Expected one of train, sample, ' +
        'chat, evaluate, curve, search, score, embed, encode, decode, next, inspect, serve, merge, average, import, export\n',
    );
    expect((await run('letters engines')).stderr).toBe(
      'error: engines: unknown verb of ramble letters. It has no domain: ramble engines\n',
    );
    expect((await run('eval --model RUN')).stderr).toBe(
      'error: eval: expected a domain before the verb, got none; RUN is of the domain letters; ' +
        'use ramble letters evaluate --model RUN\n',
    );
  });
});
