import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Returns environment variables with an apt-get that writes the given lists, by language, into the folder of its
 * options.
 */
export function fakeApt(
  folder: string,
  lists: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
  const programs = join(folder, 'bin');
  mkdirSync(programs);
  for (const [language, text] of Object.entries(lists)) {
    writeFileSync(
      join(programs, `example.org_dists_stable_main_i18n_Translation-${language}`),
      text,
    );
  }
  const script = `#!/bin/sh
for word; do case $word in Dir::State::lists=*) lists=\${word#*=} ;; esac; done
test "$PWD" = "$lists" && test -d partial || exit 9
cp ${programs}/*_Translation-* "$lists"
`;
  writeFileSync(join(programs, 'apt-get'), script);
  chmodSync(join(programs, 'apt-get'), 0o755);
  return { PATH: `${programs}:${process.env.PATH ?? ''}` };
}
