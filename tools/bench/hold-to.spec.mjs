import { describe, expect, it } from '@jest/globals';

import { holdTo } from './hold-to.mjs';

describe('holdTo', () => {
  it('limits native, PyTorch, MKL, oneDNN, OpenBLAS, BLIS, CTranslate2, FBGEMM and llama.cpp to AVX2', () => {
    expect(holdTo('avx2')).toEqual({
      RAMBLE_ISA: 'avx2',
      ATEN_CPU_CAPABILITY: 'avx2',
      ONEDNN_MAX_CPU_ISA: 'AVX2',
      MKL_ENABLE_INSTRUCTIONS: 'AVX2',
      CT2_FORCE_CPU_ISA: 'AVX2',
      PEERS_OPENBLAS_CORETYPE: 'Haswell',
      PEERS_FBGEMM_ISA: 'avx2',
      PEERS_LLAMA_CPP: 'haswell',
      BLIS_ARCH_TYPE: '3',
    });
  });

  it('leaves all contestants their best instruction set without an argument', () => {
    expect(holdTo(undefined)).toEqual({});
  });

  it('refuses an instruction set to which not all contestants can be limited', () => {
    expect(() => holdTo('avx512')).toThrow(new RangeError('isa: expected avx2, got avx512'));
  });
});
