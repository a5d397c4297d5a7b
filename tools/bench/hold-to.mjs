/**
 * Environment variables that limit the compared programs to an instruction set, by its name. transformers.js has no
 * such variable and uses the processor's best set. Variables that begin with PEERS are read by tools/peers.
 */
const VARIABLES = {
  avx2: {
    RAMBLE_ISA: 'avx2',
    ATEN_CPU_CAPABILITY: 'avx2',
    ONEDNN_MAX_CPU_ISA: 'AVX2',
    MKL_ENABLE_INSTRUCTIONS: 'AVX2',
    CT2_FORCE_CPU_ISA: 'AVX2',
    PEERS_OPENBLAS_CORETYPE: 'Haswell',
    PEERS_FBGEMM_ISA: 'avx2', // PyTorch's int8
    PEERS_LLAMA_CPP: 'haswell',
    BLIS_ARCH_TYPE: '3', // haswell in the list of BLIS 0.9
  },
};

/**
 * Returns the environment variables that limit the compared programs to an instruction set; none for `undefined`.
 *
 * @throws RangeError for any set but `avx2`.
 */
export function holdTo(instructionSet) {
  if (instructionSet === undefined) return {};
  const variables = VARIABLES[instructionSet];
  if (variables) return variables;
  throw new RangeError(`isa: expected ${Object.keys(VARIABLES).join(', ')}, got ${instructionSet}`);
}
