// npm run build:native
export const SOURCES_SHA256 = '53badf90602d5b6308bc7524a55d9e51d401d8ab7ca238d914d1061325a7c88d';
