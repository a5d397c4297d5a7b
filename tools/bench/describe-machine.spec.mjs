import { describe, expect, it } from '@jest/globals';

import { describeMachine } from './describe-machine.mjs';

const XEON = `processor	: 0
vendor_id	: GenuineIntel
cpu family	: 6
model		: 207
model name	: Intel(R) Xeon(R) Processor
flags		: fpu sse2 fma avx f16c avx2 avx512f avx_vnni amx_int8

processor	: 1
cpu family	: 6
model		: 207
`;
const ARM = `processor	: 0
Features	: fp asimd asimddp bf16
CPU part	: 0xd49
`;

describe('describeMachine', () => {
  it('names the instruction sets of an x64 processor, and its numbers', () => {
    const { processor, instructionSets } = describeMachine(XEON);
    expect(processor).toMatch(/, family 6 model 207$/);
    expect(instructionSets).toEqual([
      ...['AVX', 'AVX2', 'FMA', 'F16C'],
      ...['AVX-VNNI', 'AVX-512', 'AMX INT8'],
    ]);
  });

  it('names the instruction sets of an ARM processor', () => {
    expect(describeMachine(ARM).instructionSets).toEqual(['NEON', 'NEON dot products', 'BF16']);
  });

  it('describes the rest of a machine without a list of instruction sets', () => {
    const machine = describeMachine('');
    expect(machine.instructionSets).toEqual([]);
    expect(machine.processor).not.toMatch(/family/);
    expect(machine.cores).toBeGreaterThan(0);
    expect(machine.memoryGib).toBeGreaterThan(0);
    expect(machine.system).toMatch(/, \w+$/);
  });
});
