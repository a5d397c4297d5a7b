// npm run build:native
export const SOURCES_SHA256 = '14e06aaff4d6eec6f594018744116e9a06afe3fd48496bb070a18554124f2b5a';
