import { existsSync, readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, release, totalmem, type } from 'node:os';

/** Linux's flags for the instruction sets that kernels of ramble or of peers use, with their names. */
const NAMES = {
  avx: 'AVX',
  avx2: 'AVX2',
  fma: 'FMA',
  f16c: 'F16C',
  avx_vnni: 'AVX-VNNI',
  avx512f: 'AVX-512',
  avx512_vnni: 'AVX-512 VNNI',
  avx512_bf16: 'AVX-512 BF16',
  avx512_fp16: 'AVX-512 FP16',
  amx_int8: 'AMX INT8',
  amx_bf16: 'AMX BF16',
  asimd: 'NEON',
  asimddp: 'NEON dot products',
  i8mm: 'I8MM',
  bf16: 'BF16',
  sve: 'SVE',
};

/**
 * Describes the machine that this process runs on: its processor with the instruction sets, cores, memory and
 * system.
 *
 * @param cpuinfo - Text of `/proc/cpuinfo`; if empty, its facts are left out.
 */
export function describeMachine(cpuinfo = readCpuinfo()) {
  const [{ model }] = cpus();
  return {
    processor: [model.trim(), ...modelNumber(cpuinfo)].join(', '),
    instructionSets: instructionSetsOf(cpuinfo),
    cores: availableParallelism(),
    memoryGib: Number((totalmem() / 2 ** 30).toFixed(1)),
    system: `${type()} ${release()}, ${arch()}`,
  };
}

function readCpuinfo() {
  return existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
}

/** Returns a processor's model number, which clouds show although they hide the name. */
function modelNumber(cpuinfo) {
  const [family, model] = ['cpu family', 'model'].map((field) => valueOf(cpuinfo, field));
  return family && model ? [`family ${family} model ${model}`] : [];
}

function instructionSetsOf(cpuinfo) {
  const words = new Set(
    (valueOf(cpuinfo, 'flags') ?? valueOf(cpuinfo, 'Features') ?? '').split(' '),
  );
  return Object.keys(NAMES)
    .filter((word) => words.has(word))
    .map((word) => NAMES[word]);
}

function valueOf(cpuinfo, field) {
  return new RegExp(`^${field}\\s*: (.*)$`, 'm').exec(cpuinfo)?.[1].trim();
}
