import { join } from 'node:path';

import { shownText } from '@ramble/core/files';

import { homeFolder } from '../cache-folder.js';

/** What the environment says of the Hugging Face Hub, by the variables of Python's huggingface_hub. */
export interface HubEnvironment {
  /** The Hub, or the mirror that `HF_ENDPOINT` names, without a slash at its end. */
  readonly url: string;
  /** The folder in which huggingface_hub keeps its downloads, and so does ramble. */
  readonly cacheFolder: string;
  /** Whether the Hub must not be asked: `HF_HUB_OFFLINE`. */
  readonly isOffline: boolean;
  /** The token in `HF_TOKEN`; empty where it is in a file or there is none. */
  readonly token: string;
  /** The file in which `hf auth login` keeps a token; undefined where it must not be used. */
  readonly tokenFile?: string;
}

const HUB = 'https://huggingface.co';

/**
 * Reads what the environment says of the Hub.
 *
 * @throws RangeError that names `HF_ENDPOINT` when it holds no URL.
 * @see https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
 */
export function hubEnvironment(environment: NodeJS.ProcessEnv): HubEnvironment {
  const variable = (...names: string[]): string | undefined =>
    names.map((name) => environment[name]).find(Boolean);
  const shared = variable('XDG_CACHE_HOME') ?? join(homeFolder(), '.cache');
  const home = variable('HF_HOME') ?? join(shared, 'huggingface');
  const usesFile = !isTrue(environment.HF_HUB_DISABLE_IMPLICIT_TOKEN);
  return {
    url: endpoint(environment),
    cacheFolder: variable('HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE') ?? join(home, 'hub'),
    isOffline: isTrue(variable('HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE')),
    token: (variable('HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN') ?? '').trim(),
    ...(usesFile && { tokenFile: variable('HF_TOKEN_PATH') ?? join(home, 'token') }),
  };
}

function isTrue(value = ''): boolean {
  return ['1', 'ON', 'YES', 'TRUE'].includes(value.toUpperCase());
}

function endpoint({ HF_ENDPOINT: mirror = '' }: NodeJS.ProcessEnv): string {
  if (mirror === '') return HUB;
  if (/^https?:\/\//i.test(mirror) && URL.canParse(mirror)) return mirror.replace(/\/+$/, '');
  throw new RangeError(
    `HF_ENDPOINT: expected the URL of a mirror such as https://hub.example, got ${shownText(mirror)}`,
  );
}
